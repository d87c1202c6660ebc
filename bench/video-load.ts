/** A camera's pictures by their size and number, sent through a stream. */
import { setTimeout as sleep } from 'node:timers/promises';
import { videoHeader } from '@roomkey/core';
import { deferred } from '#core/util/deferred.js';
import type { StreamEnd } from './stream-end.js';

export const INTERVAL_MS = 1_000 / 30;

/** What a camera gives, at 30 a second. */
export interface VideoLoad {
  /** Of one picture. */
  readonly bytes: number;
  readonly pictures: number;
}

/** Gives the pictures at their times. Each begins with the time at which it was given. */
export async function sendPictures(
  { bytes, pictures }: VideoLoad,
  send: (picture: Uint8Array) => void,
): Promise<void> {
  const begun = performance.now();
  for (let index = 0; index < pictures; index += 1) {
    // Fresh for each, as a camera's pictures are: what is sent may not be written to.
    const picture = new Uint8Array(bytes).fill(index);
    new DataView(picture.buffer).setBigUint64(0, process.hrtime.bigint());
    send(picture);
    await sleep(Math.max(0, begun + (index + 1) * INTERVAL_MS - performance.now()));
  }
}

/** How old a picture of `sendPictures` is, ms: the clock is the same in all processes. */
export function ageOf(picture: Uint8Array): number {
  const sentAt = new DataView(picture.buffer, picture.byteOffset).getBigUint64(0);
  return Number(process.hrtime.bigint() - sentAt) / 1e6;
}

/** Sends pictures through a stream of their own, as a camera's go, and ends it. */
export async function streamPictures(end: StreamEnd, load: VideoLoad): Promise<void> {
  const ready = deferred<undefined>();
  const stream = end.open({
    protocol: 'video/1',
    kind: 'camera',
    trafficClass: 'video',
    intervalMs: INTERVAL_MS,
    handlers: {
      onReady: () => ready.resolve(undefined),
      onRefused: (reason) => ready.reject(new Error(`The stream was refused: ${reason}.`)),
      onKeyFrameNeeded: () => undefined,
      onView: () => undefined,
    },
  });
  await ready.promise;
  await sendPictures(load, (data) => {
    const unit = { codec: 'jpeg', isKey: true, width: 1_280, height: 720, capturedAt: 0 } as const;
    stream.send({ header: (number) => videoHeader({ ...unit, number }), data });
  });
  stream.end('stopped');
}
