import type { AudioInputRequest, PageContext } from '@roomkey/core';
import { SCREEN } from '../messages.js';
import { notFound, openStream, stopTracks } from './devices.js';

/** Limit for a microphone's first sound, ms. */
const FIRST_SOUND_LIMIT = 5000;
/** By how much the end of a screen's sound may come before the end of its sharing, ms. */
const SHARING_END = 1000;

/** A track of sound that was opened. */
export interface OpenTrack {
  readonly track: MediaStreamTrack;
  /** Gives the device back. */
  readonly release: () => void;
}

/** What the sound of an input comes from. */
export interface TrackSource {
  /**
   * Opens the device.
   *
   * @throws DOMException
   */
  open(): Promise<OpenTrack>;
  /** How long its first sound may take, ms; absent: it may be silent for as long as it likes. */
  readonly firstSoundLimit?: number;
  /** How long after its end it is lost, ms, unless it is closed before. */
  readonly lostAfter: number;
}

/** The source that a request names. */
export function sourceOf(
  request: AudioInputRequest,
  context: Pick<PageContext, 'screenAudio'>,
): TrackSource {
  return request.deviceId === SCREEN ? screenSource(context) : microphoneSource(request);
}

function microphoneSource(request: AudioInputRequest): TrackSource {
  return {
    firstSoundLimit: FIRST_SOUND_LIMIT,
    lostAfter: 0,
    open: async () => {
      const stream = await openStream(request);
      const release = (): void => stopTracks(stream);
      const [track] = stream.getAudioTracks();
      if (track !== undefined) return { track, release };
      release();
      throw new DOMException('no track of sound', 'AbortError');
    },
  };
}

/** The module that shares the screen stops its sound with it. */
function screenSource(context: Pick<PageContext, 'screenAudio'>): TrackSource {
  return {
    // Where the sharing ends as a whole, that is said once, and this is closed.
    lostAfter: SHARING_END,
    open: () => {
      const track = liveScreenAudio(context);
      if (track === undefined) return Promise.reject(notFound(SCREEN));
      return Promise.resolve({ track, release: () => undefined });
    },
  };
}

/** The sound of the shared screen, if there is any. */
export function liveScreenAudio(
  context: Pick<PageContext, 'screenAudio'>,
): MediaStreamTrack | undefined {
  const track = context.screenAudio();
  return track?.readyState === 'live' ? track : undefined;
}
