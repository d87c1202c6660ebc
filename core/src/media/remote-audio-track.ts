import { Allowance } from '../util/allowance.js';
import type { EndReason } from '../wire/control.js';
import { readAudioUnit, type WireAudioUnit } from '../wire/index.js';

/**
 * Units that a peer may send beyond the pace of sound: what waits at most in front of the sender's
 * limits, and copies.
 */
const BURST_UNITS = 250;
/** Units a second at most: of 10 ms, each with a copy, from a clock that is a little fast. */
const UNITS_PER_SECOND = 210;

/** Changes between muted and not that the user is told of: more than anyone can hold and let go a key. */
const BURST_CHANGES = 20;
const CHANGES_PER_SECOND = 4;

/** The events of a remote track of sound. Called synchronously. */
export interface RemoteAudioTrackHandlers {
  /** Each unit once, in the order of its sequence; units may be missing. */
  onUnit(unit: WireAudioUnit): void;
  /** The sender muted it, or gives the voice back. Not for a track that begins unmuted. */
  onMuted(muted: boolean): void;
  onEnd(reason: EndReason): void;
}

/** What a participant may send of one kind, whatever they open and end for it: no credit limits sound. */
export class SoundAllowance {
  readonly #units: Allowance;
  readonly #changes: Allowance;

  /** @param now ms of a monotonic clock */
  constructor(now: () => number) {
    this.#units = new Allowance(BURST_UNITS, UNITS_PER_SECOND, now);
    this.#changes = new Allowance(BURST_CHANGES, CHANGES_PER_SECOND, now);
  }

  /** Counts a unit. @throws RangeError where the peer sends more than sound can be */
  countUnit(): void {
    if (!this.#units.take()) throw new RangeError('more sound than time');
  }

  /** Counts a change of what is muted. @returns false where it is too early for one more */
  admitChange(): boolean {
    return this.#changes.take();
  }
}

/**
 * A microphone of another participant, or the sound of their screen. Its units come on one stream, and
 * copies of late ones of a microphone perhaps on a second. What comes first counts; a unit that a newer
 * one overtook is left out, as are copies: an Opus decoder must not be given a packet twice or out of
 * order (RFC 6716, section 4).
 */
export class RemoteAudioTrack {
  readonly #allowance: SoundAllowance;
  readonly #handlers: RemoteAudioTrackHandlers;
  #isMuted = false;
  /** The sequence of the newest unit. */
  #newest: number | undefined;
  #hasEnded = false;

  /** @param allowance of its sender, for all their streams */
  constructor(allowance: SoundAllowance, handlers: RemoteAudioTrackHandlers) {
    this.#allowance = allowance;
    this.#handlers = handlers;
  }

  /** Takes a unit, or a copy of one. @throws RangeError where it, or their number, is none of sound */
  take(bytes: Uint8Array): void {
    const unit = readAudioUnit(bytes);
    this.#allowance.countUnit();
    // Copies come on another connection, perhaps after the end.
    if (this.#hasEnded) return;
    if (this.#newest !== undefined && !isNewer(unit.sequence, this.#newest)) return;
    this.#newest = unit.sequence;
    // If it is too early now, a later unit says the same.
    if (unit.muted !== this.#isMuted && this.#allowance.admitChange()) {
      this.#isMuted = unit.muted;
      this.#handlers.onMuted(unit.muted);
    }
    this.#handlers.onUnit(unit);
  }

  /** The stream of the track itself has ended: nothing more is heard of it. */
  end(reason: EndReason): void {
    this.#hasEnded = true;
    this.#handlers.onEnd(reason);
  }
}

/** Whether a count modulo 2³² is after another (RFC 1982). */
function isNewer(sequence: number, than: number): boolean {
  const ahead = (sequence - than + 2 ** 32) % 2 ** 32;
  return ahead !== 0 && ahead < 2 ** 31;
}
