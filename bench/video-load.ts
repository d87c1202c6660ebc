/** Sends frames of a given size and number through a stream, like a camera's. */
import { setTimeout as sleep } from 'node:timers/promises';
import { videoHeader } from '@roomkey/core';
import { deferred } from '#core/util/deferred.js';
import type { StreamEnd } from './stream-end.js';

export const INTERVAL_MS = 1_000 / 30;

/** A video at 30 fps. */
export interface VideoLoad {
  /** The size of a frame. */
  readonly bytes: number;
  readonly pictures: number;
}

/** Sends the frames at their times. Each begins with the time at which it was sent. */
export async function sendPictures(
  { bytes, pictures }: VideoLoad,
  send: (picture: Uint8Array) => void,
): Promise<void> {
  const begun = performance.now();
  for (let index = 0; index < pictures; index += 1) {
    // A new array for each, because a sent array must not change.
    const picture = new Uint8Array(bytes).fill(index);
    new DataView(picture.buffer).setBigUint64(0, process.hrtime.bigint());
    send(picture);
    await sleep(Math.max(0, begun + (index + 1) * INTERVAL_MS - performance.now()));
  }
}

/** The age of a frame of `sendPictures`, ms. All processes share the clock. */
export function ageOf(picture: Uint8Array): number {
  const sentAt = new DataView(picture.buffer, picture.byteOffset).getBigUint64(0);
  return Number(process.hrtime.bigint() - sentAt) / 1e6;
}

/** Sends frames through a new stream, as a camera does, and ends it. */
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
