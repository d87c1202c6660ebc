/**
 * How old a sealed frame is when it arrives, against the same bytes over raw TCP: two processes, 30
 * frames a second, as a camera gives them. As a program, this file is the sending side.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { aes256Gcm } from '@roomkey/cipher-aes-gcm';
import { RecordSealer, RecordType } from '#core/secure/records.js';
import { alternate, median, type Goal } from './goal.js';
import { HOST, receiveSealed, SECRET, transport } from './throughput.js';

type Way = 'raw' | 'sealed';

const FRAME_BYTES = 144_000;
const FRAMES = 60;
const INTERVAL_MS = 1_000 / 30;
const BUFFER_BYTES = 256 * 1_024;

/** Median age of a frame, ms. */
async function measureAge(way: Way): Promise<number> {
  const child = fork(fileURLToPath(import.meta.url), [way]);
  const exited = once(child, 'exit');
  const [port] = (await once(child, 'message')) as [number];
  const ages: number[] = [];
  await receivers[way](port, (frame) => {
    const sentAt = new DataView(frame.buffer, frame.byteOffset).getBigUint64(0);
    ages.push(Number(process.hrtime.bigint() - sentAt) / 1e6);
  });
  await exited;
  if (ages.length !== FRAMES)
    throw new Error(`Of ${FRAMES} frames sent ${way}, ${ages.length} came.`);
  return median(ages);
}

/** Each resolves when the sender has ended. */
const receivers: Record<Way, (port: number, count: (frame: Uint8Array) => void) => Promise<void>> =
  {
    raw: async (port, count) => {
      const frame = Buffer.alloc(FRAME_BYTES);
      let filled = 0;
      const read = Buffer.alloc(BUFFER_BYTES);
      const onread = {
        buffer: read,
        callback: (length: number) => {
          for (let taken = 0; taken < length;) {
            const part = Math.min(FRAME_BYTES - filled, length - taken);
            read.copy(frame, filled, taken, taken + part);
            taken += part;
            filled += part;
            if (filled < FRAME_BYTES) continue;
            filled = 0;
            count(frame);
          }
          return true;
        },
      };
      const socket = connect({ port, host: HOST, noDelay: true, onread });
      socket.resume();
      await once(socket, 'end');
    },
    sealed: receiveSealed,
  };

/** Each listens, tells its port, and sends the frames to the first who calls. */
const senders: Record<Way, () => Promise<void>> = {
  raw: async () => {
    const server = createServer({ noDelay: true, highWaterMark: BUFFER_BYTES }).listen(0, HOST);
    await once(server, 'listening');
    process.send?.((server.address() as AddressInfo).port);
    const [socket] = (await once(server, 'connection')) as [Socket];
    socket.resume();
    await sendFrames((frame) => socket.write(frame));
    socket.end();
    server.close();
  },
  sealed: async () => {
    const sealer = new RecordSealer(aes256Gcm, SECRET);
    const listener = await transport.listen({
      onConnection: (connection) => {
        void sendFrames((frame) => connection.send(sealer.seal(RecordType.frame, [frame])))
          .then(() => connection.close())
          .then(() => listener.close());
      },
    });
    process.send?.(listener.port);
  },
};

async function sendFrames(send: (frame: Uint8Array) => void): Promise<void> {
  const begun = performance.now();
  for (let index = 0; index < FRAMES; index += 1) {
    // Fresh for each, as a camera's pictures are: what is sent may not be written to.
    const frame = new Uint8Array(FRAME_BYTES).fill(index);
    new DataView(frame.buffer).setBigUint64(0, process.hrtime.bigint());
    send(frame);
    await sleep(Math.max(0, begun + (index + 1) * INTERVAL_MS - performance.now()));
  }
}

export const goal: Goal = {
  id: 2,
  title: 'age of a sealed frame of 144 kB at 30 fps, two processes',
  async run() {
    const age = await alternate({
      raw: () => measureAge('raw'),
      sealed: () => measureAge('sealed'),
    });
    return [
      { name: 'age p50, sealed × raw TCP', figure: age.sealed / age.raw, target: { atMost: 1.5 } },
    ];
  },
};

const [, program, way] = process.argv;
if (program === fileURLToPath(import.meta.url)) {
  await senders[way as Way]();
  process.disconnect();
}
