/**
 * A cable between two machines that now and then carries nothing for a while, and then what waited:
 * TCP and UDP alike. As a program, this file holds up what one machine sends.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ADDRESSES, forkOn, type Machine } from './machines.js';

/** When the cable carried nothing, ms since 1970. */
export interface Stall {
  readonly from: number;
  readonly to: number;
}

const QUEUE = ['dev', 'lan', 'root', 'handle', '1:', 'tbf', 'limit', '10mb'];
const OPEN = ['rate', '1gbit', 'burst', '1mb'];
/** A frame of full size passes at once, and the next one after hours. */
const HELD = ['rate', '8bit', 'burst', '1520'];
/**
 * Such a frame, with its headers. One goes out all the time: the first takes the place of that one frame,
 * and the first afterwards lets go on what waits, while TCP may wait for its own.
 */
const FRAME = Buffer.alloc(1_472);
const FRAME_EVERY_MS = 5;
const DISCARD_PORT = 9;

export class StallingCable {
  readonly #programs: readonly ChildProcess[];

  private constructor(programs: readonly ChildProcess[]) {
    this.#programs = programs;
  }

  static async open(machines: readonly [Machine, Machine]): Promise<StallingCable> {
    const program = fileURLToPath(import.meta.url);
    const programs = machines.map((machine, index) =>
      forkOn(machine, program, [ADDRESSES[1 - index] ?? '']),
    );
    await Promise.all(programs.map((each) => once(each, 'message')));
    return new StallingCable(programs);
  }

  /** Holds everything up, in both directions. */
  async stall(ms: number): Promise<Stall> {
    const both = this.#programs.map(async (program) => {
      program.send(ms);
      const [stall] = (await once(program, 'message')) as [Stall];
      return stall;
    });
    const stalls = await Promise.all(both);
    return {
      from: Math.min(...stalls.map(({ from }) => from)),
      to: Math.max(...stalls.map(({ to }) => to)),
    };
  }

  close(): void {
    for (const program of this.#programs) program.disconnect();
  }
}

async function holdUp(peer: string): Promise<void> {
  const socket = createSocket('udp4').bind(0);
  await once(socket, 'listening');
  // One process for all commands: to start one would take a part of the stall.
  const { stdin } = spawn('tc', ['-batch', '-'], { stdio: ['pipe', 'inherit', 'inherit'] });
  const shape = (verb: string, rate: readonly string[]): void => {
    stdin.write(`${['qdisc', verb, ...QUEUE, ...rate].join(' ')}\n`);
  };
  shape('add', OPEN);
  const frames = setInterval(() => socket.send(FRAME, DISCARD_PORT, peer), FRAME_EVERY_MS);
  process.on('disconnect', () => {
    clearInterval(frames);
    socket.close();
    stdin.end();
  });
  process.on('message', (ms: number) => {
    const from = Date.now();
    shape('change', HELD);
    void sleep(ms).then(() => {
      shape('change', OPEN);
      process.send?.({ from, to: Date.now() } satisfies Stall);
    });
  });
  process.send?.('ready');
}

const [, program, peer] = process.argv;
if (program === fileURLToPath(import.meta.url)) await holdUp(peer ?? '');
