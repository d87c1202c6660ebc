import type { AudioUnitMs } from '../wire/index.js';
import type { OperationOptions } from './options.js';
import { token } from './token.js';

/** A microphone, the sound of a shared screen, or a loudspeaker. */
export interface AudioDevice {
  /** Value for `deviceId` of a request. */
  readonly id: string;
  /** Name for people. */
  readonly label: string;
  /**
   * Default: `microphone`. A screen is the sound of what is shared, offered while it is shared; it is
   * never the default device.
   */
  readonly kind?: 'microphone' | 'screen';
}

/** What a call asks of a microphone. */
export interface AudioInputRequest {
  /**
   * An id from `inputs()`, or any other name in the plugin's documentation. Default: the first
   * microphone.
   */
  readonly deviceId?: string;
  /** The length of a unit, ms. Default: 20. */
  readonly unitMs?: AudioUnitMs;
  /** Echo cancellation, noise suppression and gain control, where the device has them. */
  readonly processing: boolean;
}

/** What a call asks of a loudspeaker. */
export interface AudioOutputRequest {
  /**
   * An id from `outputs()`, or any other name in the plugin's documentation. Default: the first
   * device.
   */
  readonly deviceId?: string;
}

/** A piece of sound, as a microphone gives it; `opusFormat` is its format. */
export interface AudioUnit {
  /** One Opus packet, of `opusPacketBytes(samples)` bytes whatever was said. */
  readonly data: Uint8Array;
  /**
   * When its first sample was captured: milliseconds since 1970 by the clock of `captureTime`, with
   * fractions.
   */
  readonly capturedAt: number;
  /** Its length, in samples at 48 kHz. */
  readonly samples: number;
  /** Whether the person was muted during any of it: all its samples are then zero. */
  readonly muted: boolean;
  /** RMS of its samples, 0…1, for a meter; 0 where it is muted. It is not sent. */
  readonly level: number;
}

/** A unit with its place in its stream, as it arrives. */
export type NumberedAudioUnit = Omit<AudioUnit, 'level'> & {
  /**
   * The stream that it is of, u32; default: 0. Where it differs from that of the unit before, another
   * microphone begins, perhaps of someone else: numbers, times and length start again.
   */
  readonly stream?: number;
  /** Counts the units of a stream from 0, modulo 2³². Grows; units may be missing. */
  readonly number: number;
};

/**
 * An open microphone: an async iterable of units, for one consumer, at a steady pace, also while it
 * is muted and while the device gives no sound. Gaps show in `capturedAt`.
 *
 * A slow consumer never gets a backlog of more than 200 ms: the oldest units are dropped. The
 * iteration ends without an error after `close()`, and throws `RK_AUDIO_LOST` when the device goes
 * away.
 */
export interface AudioInput extends AsyncIterable<AudioUnit> {
  /**
   * Mutes, or gives the voice back; starts unmuted. A muted unit is encoded silence, zeroed before the
   * encoder, of the same length and at the same pace: the network does not show who is muted.
   *
   * Takes effect at once: nothing that was captured before `setMuted(true)` comes out after it, so
   * units that wait are dropped or replaced by muted ones; and nothing that was captured while muted
   * ever comes out.
   */
  setMuted(muted: boolean): void;
  /** Releases the device; idempotent. */
  close(): Promise<void>;
}

/** Figures of an open loudspeaker. */
export interface AudioOutputStatistics {
  /** Sound that waits to be played, ms. */
  readonly depthMs: number;
  /** What the jitter buffer aims at, ms, 20…240. */
  readonly targetMs: number;
  /** Samples that were played since the first unit began to play, made up ones included; at 48 kHz. */
  readonly playedSamples: number;
  /** How many of these were made up in the place of missing ones; of an underrun, the first second. */
  readonly concealedSamples: number;
  /** Units that came after their time, and were not played. */
  readonly lateUnits: number;
  /** How often the buffer ran dry. */
  readonly underruns: number;
  /** RMS of what was played last, 0…1, before the volume; for a meter. */
  readonly level: number;
}

/** An open loudspeaker, with the jitter buffer in front of it. */
export interface AudioOutput {
  /**
   * Resolves with `RK_AUDIO_LOST` when the device goes away. Does not reject, and not resolve after
   * `close`.
   */
  readonly lost: Promise<Error>;
  /** The newest figures. Counts only grow. */
  readonly statistics: AudioOutputStatistics;
  /**
   * Takes the next unit as it arrives, at any pace; never blocks, and never throws because of what it
   * contains: a peer wrote it. All units of a stream have the length of its first, and those
   * that make no sense count as missing. Does nothing after `close` or `lost`.
   */
  play(unit: NumberedAudioUnit): void;
  /** Sets the volume, 0…1. Starts at 1. @throws RangeError outside of it */
  setVolume(volume: number): void;
  /** Releases the device; idempotent. */
  close(): Promise<void>;
}

/**
 * Microphones and loudspeakers. One contract for both, because echo cancellation must know what is
 * played. Several loudspeakers may be open at once, also of one device: what they play is mixed.
 */
export interface AudioDevices {
  /** The available microphones and shared screens with sound; the list may be empty. */
  inputs(options?: OperationOptions): Promise<readonly AudioDevice[]>;
  /** The available loudspeakers; the list may be empty. */
  outputs(options?: OperationOptions): Promise<readonly AudioDevice[]>;
  /**
   * Opens and starts a microphone.
   *
   * @throws RoomkeyError `RK_AUDIO_NOT_FOUND` if there is no such device or file, `RK_AUDIO_BUSY` if
   * another program uses it, `RK_AUDIO_DENIED` without permission, `RK_AUDIO_FAILED` if it does not
   * start; RangeError if the request is out of range
   */
  openInput(request: AudioInputRequest, options?: OperationOptions): Promise<AudioInput>;
  /**
   * Opens and starts a loudspeaker.
   *
   * @throws RoomkeyError as `openInput`
   */
  openOutput(request: AudioOutputRequest, options?: OperationOptions): Promise<AudioOutput>;
}

export const AudioDevices = token<AudioDevices>('audio');
