/**
 * How long a control message takes while a file fills the link. Bytes in the kernel are ahead of it,
 * so at most a fragment or two may be there. The link has 5 Mbit/s, and 20 ms each way.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Connection } from '@roomkey/core';
import { deferred } from '#core/util/deferred.js';
import { median, type Goal } from './goal.js';
import { Relay } from './relay.js';
import { StreamEnd } from './stream-end.js';
import { transport } from './throughput.js';

const BYTES_PER_SECOND = 5_000_000 / 8;
const DELAY_MS = 20;
const MESSAGES = 100;
/** A fragment's time on the link, and the round trip. */
const MOST_MS = (16_384 / BYTES_PER_SECOND) * 1_000 + 2 * DELAY_MS;

export const goal: Goal = {
  id: 5,
  title: 'a control message beside a file at 5 Mbit/s, 20 ms each way',
  async run() {
    const idle = await measureDelays('idle');
    const file = await measureDelays('file');
    console.error(
      `  idle: p50 ${median(idle.delays).toFixed(0)} ms; beside the file: p50 ` +
        `${median(file.delays).toFixed(0)} ms, p95 ${p95(file.delays).toFixed(0)} ms; the file: ` +
        `${((file.bytesPerSecond * 8) / 1e6).toFixed(2)} Mbit/s`,
    );
    return [
      {
        name: 'delay of a control message beside a file, p50',
        figure: median(file.delays),
        unit: 'ms',
        target: { atMost: MOST_MS },
      },
      {
        name: 'delay of a control message beside a file, p95',
        figure: p95(file.delays),
        unit: 'ms',
        target: { atMost: MOST_MS },
      },
    ];
  },
};

interface Measured {
  /** The delay of each control message, one way, ms. */
  readonly delays: readonly number[];
  /** The rate of the file. */
  readonly bytesPerSecond: number;
}

async function measureDelays(manner: 'file' | 'idle'): Promise<Measured> {
  const called = deferred<Connection>();
  const onConnection = (connection: Connection): void => called.resolve(connection);
  const listener = await transport.listen({ onConnection });
  const target = listener.port;
  const relay = await Relay.open({
    target,
    bytesPerSecond: BYTES_PER_SECOND,
    delayMs: DELAY_MS,
  });
  const program = fileURLToPath(new URL('control-sender.js', import.meta.url));
  const child = fork(program, [String(relay.port), manner, String(MESSAGES)]);
  try {
    const sentAt: bigint[] = [];
    child.on('message', (time: string) => sentAt.push(BigInt(time)));
    const connection = await called.promise;
    const arrivedAt: bigint[] = [];
    const complete = deferred<undefined>();
    let bytes = 0;
    const end = new StreamEnd(connection, 'host', () => ({
      trafficClass: 'files',
      sink: (stream) => ({
        onUnit: (unit) => {
          bytes += unit.length;
          stream.consume();
        },
        onEnd: () => undefined,
      }),
    }));
    // This stream carries no units, only requests for key frames.
    end.open({
      protocol: 'video/1',
      kind: 'camera',
      trafficClass: 'video',
      intervalMs: 33,
      handlers: {
        onReady: () => undefined,
        onRefused: (reason) => complete.reject(new Error(`The stream was refused: ${reason}.`)),
        onKeyFrameNeeded: () => {
          arrivedAt.push(process.hrtime.bigint());
          if (arrivedAt.length === MESSAGES) complete.resolve(undefined);
        },
        onView: () => undefined,
      },
    });
    const begun = performance.now();
    await complete.promise;
    const seconds = (performance.now() - begun) / 1_000;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    await end.close();
    await exited;
    const delays = arrivedAt.map((at, index) => Number(at - (sentAt[index] ?? at)) / 1e6);
    return { delays, bytesPerSecond: bytes / seconds };
  } finally {
    child.kill();
    relay.close();
    await listener.close();
  }
}

function p95(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? NaN;
}
