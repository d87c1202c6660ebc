import type { IncomingStream, IncomingStreamSink } from '../streams/incoming-stream.js';
import type { EndReason } from '../wire/control.js';
import { readAudioUnit, type WireAudioUnit } from '../wire/index.js';

/**
 * Units that a peer may send beyond the pace of sound: what waits at most in front of the sender's
 * limits, and copies.
 */
const BURST_UNITS = 250;
/** Units a second at most: of 10 ms, each with a copy, from a clock that is a little fast. */
const UNITS_PER_SECOND = 210;

/** The events of a remote track of sound. Called synchronously. */
export interface RemoteAudioTrackHandlers {
  /** Each unit once, in the order of its sequence; units may be missing. */
  onUnit(unit: WireAudioUnit): void;
  /** The sender muted it, or gives the voice back. Not for a track that begins unmuted. */
  onMuted(muted: boolean): void;
  onEnd(reason: EndReason): void;
}

/**
 * A microphone of another participant, or the sound of their screen. Its units come on one stream, and
 * copies of late ones of a microphone perhaps on a second. What comes first counts; a unit that a newer one overtook is left out, as are copies:
 * an Opus decoder must not be given a packet twice or out of order (RFC 6716, section 4).
 */
export class RemoteAudioTrack {
  readonly #now: () => number;
  readonly #handlers: RemoteAudioTrackHandlers;
  #isMuted = false;
  /** The sequence of the newest unit. */
  #newest: number | undefined;
  #allowance = BURST_UNITS;
  #allowedAt: number;

  /** @param now ms of a monotonic clock */
  constructor(now: () => number, handlers: RemoteAudioTrackHandlers) {
    this.#now = now;
    this.#handlers = handlers;
    this.#allowedAt = now();
  }

  get isMuted(): boolean {
    return this.#isMuted;
  }

  /** The sink of the track's stream, whose end is the track's, or of the stream with its copies. */
  sinkOf(stream: IncomingStream, onEnd: (reason: EndReason) => void): IncomingStreamSink {
    return {
      onUnit: (bytes) => {
        this.#onUnit(readAudioUnit(bytes));
        stream.consume();
      },
      onEnd,
    };
  }

  /** The stream of the track itself has ended. */
  end(reason: EndReason): void {
    this.#handlers.onEnd(reason);
  }

  #onUnit(unit: WireAudioUnit): void {
    this.#countUnit();
    if (this.#newest !== undefined && !isNewer(unit.sequence, this.#newest)) return;
    this.#newest = unit.sequence;
    if (unit.muted !== this.#isMuted) {
      this.#isMuted = unit.muted;
      this.#handlers.onMuted(unit.muted);
    }
    this.#handlers.onUnit(unit);
  }

  /** @throws RangeError where the peer sends more than sound can be: no credit limits it */
  #countUnit(): void {
    const now = this.#now();
    const earned = ((now - this.#allowedAt) * UNITS_PER_SECOND) / 1000;
    this.#allowance = Math.min(BURST_UNITS, this.#allowance + earned) - 1;
    this.#allowedAt = now;
    if (this.#allowance < 0) throw new RangeError('more sound than time');
  }
}

/** Whether a count modulo 2³² is after another (RFC 1982). */
function isNewer(sequence: number, than: number): boolean {
  const ahead = (sequence - than + 2 ** 32) % 2 ** 32;
  return ahead !== 0 && ahead < 2 ** 31;
}
