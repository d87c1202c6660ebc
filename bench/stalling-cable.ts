/**
 * A cable between two machines that now and then carries nothing for a while, and then what waited:
 * TCP and UDP alike. As a program, this file holds up what one machine sends.
 */
import { execFileSync, type ChildProcess } from 'node:child_process';
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
/** One frame passes at once, and the next one after hours. */
const HELD = ['rate', '8bit', 'burst', '1520'];
/** With its headers this is a frame of full size, which takes that place. */
const FILLER = Buffer.alloc(1_472);
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
  execFileSync('tc', ['qdisc', 'add', ...QUEUE, ...OPEN]);
  process.on('disconnect', () => socket.close());
  process.on('message', (ms: number) => {
    execFileSync('tc', ['qdisc', 'change', ...QUEUE, ...HELD]);
    socket.send(FILLER, DISCARD_PORT, peer);
    const from = Date.now();
    void sleep(ms).then(() => {
      execFileSync('tc', ['qdisc', 'change', ...QUEUE, ...OPEN]);
      process.send?.({ from, to: Date.now() } satisfies Stall);
    });
  });
  process.send?.('ready');
}

const [, program, peer] = process.argv;
if (program === fileURLToPath(import.meta.url)) await holdUp(peer ?? '');
