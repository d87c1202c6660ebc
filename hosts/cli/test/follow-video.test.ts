import type { Call, NumberedVideoUnit, RemoteVideoTrack, VideoKind } from '@roomkey/core/host';
import { expect, test } from 'vitest';
import { followVideo } from '../src/join/follow-video.js';

/** A call whose tracks a test begins and ends. */
function fakeCall() {
  let tell: (track: RemoteVideoTrack) => void = () => undefined;
  const tracks = new Map<VideoKind, RemoteVideoTrack>();
  const sinks = new Map<VideoKind, Parameters<RemoteVideoTrack['setSink']>[0]>();
  const on = (_event: 'track', listener: typeof tell): void => {
    tell = listener;
  };
  const begin = (kind: VideoKind): void => {
    const setSink: RemoteVideoTrack['setSink'] = (sink) => void sinks.set(kind, sink);
    const track = { kind, setSink } as unknown as RemoteVideoTrack;
    tracks.set(kind, track);
    tell(track);
  };
  /** @returns whether the frame was taken at once */
  const send = (kind: VideoKind, number: number): boolean => {
    let isTaken = false;
    const unit = { number } as NumberedVideoUnit;
    sinks.get(kind)?.onUnit(unit, new Uint8Array(), () => (isTaken = true));
    return isTaken;
  };
  return {
    call: { on, tracks } as unknown as Call,
    begin,
    end: (kind: VideoKind) => tracks.delete(kind),
    send,
  };
}

test('followVideo passes on the camera, or the screen while the camera is off', () => {
  const { call, begin, end, send } = fakeCall();
  const followed: number[] = [];
  // This listener takes no frame at once.
  followVideo(call, ({ number }) => followed.push(number));
  begin('screen');
  expect(send('screen', 1)).toBe(false);
  begin('camera');
  // The skipped frame is taken, so that the sender does not wait.
  expect(send('screen', 2)).toBe(true);
  expect(send('camera', 3)).toBe(false);
  end('camera');
  expect(send('screen', 4)).toBe(false);
  expect(followed).toEqual([1, 3, 4]);
});
