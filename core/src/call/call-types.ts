import type { Camera, VideoCodec, VideoFrame } from '../contracts/camera.js';
import type { Cipher } from '../contracts/cipher.js';
import type { Logger } from '../contracts/logger.js';
import type { Transport } from '../contracts/transport.js';
import type { KnownPeers } from '../people/known-peers.js';
import type { Clock } from '../util/clock.js';
import type { GuessLimit } from './guess-limit.js';
import type { HostDirectory } from './guest-side.js';
import type { NumberedFrame } from './media.js';
import type { CallNotice } from './notices.js';
import type { SenderCounts } from './sender.js';
import type { CallState } from './state.js';

/** What a call tells. */
export interface CallEvents {
  state: CallState;
  /** A picture of the partner's. */
  frame: NumberedFrame;
  /**
   * A picture of the own camera, whether there is a partner or not; none of a camera that encodes on
   * demand, which shows what it sees by itself.
   */
  preview: VideoFrame;
  /** A picture that is on its way to the partner. */
  sent: NumberedFrame;
  notice: CallNotice;
}

/** Frames of both directions since the call began. */
export interface CallStatistics {
  readonly sent: SenderCounts;
  readonly received: { readonly frames: number; readonly bytes: number };
}

/** A room that is being made known. */
export interface RoomPublication {
  /** Says whether a guest is in it, so that nobody else comes in vain. */
  setFull(full: boolean): void;
  stop(): Promise<void>;
}

/** How a room is made known while it is hosted. */
export interface RoomPublisher {
  /** Stores the sealed endpoint and announces the room. */
  publish(port: number, signal: AbortSignal): Promise<RoomPublication>;
}

/** What a call works with. */
export interface CallDependencies {
  readonly transport: Transport;
  readonly cipher: Cipher;
  readonly camera: Camera;
  /** What this side shows. */
  readonly codecs: readonly VideoCodec[];
  /** Whom the account has met. */
  readonly people: Pick<KnownPeers, 'require' | 'remember' | 'resemblance'>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Who one is in this call, and how the other side is found. */
export type CallRole =
  | { readonly kind: 'host'; readonly publisher: RoomPublisher }
  | {
      readonly kind: 'guest';
      readonly directory: HostDirectory;
      /** The guesses that others had at the room's password. */
      readonly guesses: GuessLimit;
    };
