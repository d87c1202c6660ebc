/**
 * What streams add to the age of a frame: fragments, acknowledgements and sealing, from one process
 * to another, against the same bytes over raw TCP. The figure is a share of the interval of frames,
 * because a ratio of two times below a millisecond would say little. As a program, this file is the
 * sending side.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { VideoSink } from '#core/media/remote-video-track.js';
import { deferred } from '#core/util/deferred.js';
import { alternate, median, type Goal } from './goal.js';
import { StreamEnd, videoInto } from './stream-end.js';
import { HOST, transport } from './throughput.js';
import { ageOf, INTERVAL_MS, sendPictures, streamPictures, type VideoLoad } from './video-load.js';

type Way = 'raw' | 'streams';

const LARGE: VideoLoad = { bytes: 144_000, pictures: 60 };
const SMALL: VideoLoad = { bytes: 12_000, pictures: 60 };
const BUFFER_BYTES = 256 * 1_024;
/** On a busy computer a stream drops a frame now and then. */
const LEAST_SHARE = 0.9;

/** Median age of a frame, ms. */
async function measureAge(way: Way, load: VideoLoad): Promise<number> {
  const args = [way, String(load.bytes), String(load.pictures)];
  const child = fork(fileURLToPath(import.meta.url), args);
  const exited = once(child, 'exit');
  const [port] = (await once(child, 'message')) as [number];
  const ages: number[] = [];
  await receivers[way](port, load, (picture) => ages.push(ageOf(picture)));
  await exited;
  if (ages.length < LEAST_SHARE * load.pictures) {
    throw new Error(`Of ${load.pictures} pictures sent by ${way}, ${ages.length} came.`);
  }
  return median(ages);
}

type Receive = (
  port: number,
  load: VideoLoad,
  onPicture: (picture: Uint8Array) => void,
) => Promise<void>;

/** Each resolves when the sender has ended. */
const receivers: Record<Way, Receive> = {
  raw: async (port, { bytes }, onPicture) => {
    const picture = Buffer.alloc(bytes);
    let filled = 0;
    const read = Buffer.alloc(BUFFER_BYTES);
    const onread = {
      buffer: read,
      callback: (length: number) => {
        for (let taken = 0; taken < length;) {
          const part = Math.min(bytes - filled, length - taken);
          read.copy(picture, filled, taken, taken + part);
          taken += part;
          filled += part;
          if (filled < bytes) continue;
          filled = 0;
          onPicture(picture);
        }
        return true;
      },
    };
    const socket = connect({ port, host: HOST, noDelay: true, onread });
    socket.resume();
    await once(socket, 'end');
  },
  streams: async (port, _load, onPicture) => {
    const complete = deferred<undefined>();
    const onUnit: VideoSink['onUnit'] = ({ data }, _bytes, consumed) => {
      onPicture(data);
      consumed();
    };
    const video = videoInto({ onUnit }, () => complete.resolve(undefined));
    const end = new StreamEnd(await transport.dial({ host: HOST, port }), 'guest', () => video);
    await complete.promise;
    await end.close();
  },
};

/** Each listens, reports its port to the parent, and sends the frames to the first caller. */
const senders: Record<Way, (load: VideoLoad) => Promise<void>> = {
  raw: async (load) => {
    const server = createServer({ noDelay: true, highWaterMark: BUFFER_BYTES }).listen(0, HOST);
    await once(server, 'listening');
    process.send?.((server.address() as AddressInfo).port);
    const [socket] = (await once(server, 'connection')) as [Socket];
    socket.resume();
    await sendPictures(load, (picture) => socket.write(picture));
    socket.end();
    server.close();
  },
  streams: async (load) => {
    const listener = await transport.listen({
      onConnection: (connection) => {
        const end = new StreamEnd(connection, 'host', () => ({ refuse: 'not-wanted' }));
        void Promise.all([streamPictures(end, load), end.closed]).then(() => listener.close());
      },
    });
    process.send?.(listener.port);
  },
};

export const goal: Goal = {
  id: 2,
  title: 'age that streams add to a picture at 30 a second, two processes',
  async run() {
    const age = await alternate({
      rawLarge: () => measureAge('raw', LARGE),
      large: () => measureAge('streams', LARGE),
      rawSmall: () => measureAge('raw', SMALL),
      small: () => measureAge('streams', SMALL),
    });
    for (const [name, ms] of Object.entries(age)) {
      console.error(`  ${name}: age p50 ${ms.toFixed(2)} ms`);
    }
    return [
      {
        name: 'age p50 added to 144 kB × the interval of pictures',
        figure: (age.large - age.rawLarge) / INTERVAL_MS,
        target: { atMost: 0.015 },
      },
      {
        name: 'age p50 added to 12 kB × the interval of pictures',
        figure: (age.small - age.rawSmall) / INTERVAL_MS,
        target: { atMost: 0.008 },
      },
    ];
  },
};

const [, program, way, bytes, pictures] = process.argv;
if (program === fileURLToPath(import.meta.url)) {
  await senders[way as Way]({ bytes: Number(bytes), pictures: Number(pictures) });
  process.disconnect();
}
