import type { Camera, CaptureRequest } from '../contracts/camera.js';
import type { Cipher } from '../contracts/cipher.js';
import type { Logger } from '../contracts/logger.js';
import type { Transport } from '../contracts/transport.js';
import type { KnownPeers } from '../people/known-peers.js';
import type { LocalVideoCounts } from '../media/local-video-track.js';
import type { RemoteVideoTrack } from '../media/remote-video-track.js';
import type { Clock } from '../util/clock.js';
import type { EndReason, VideoKind } from '../wire/control.js';
import type { NumberedVideoUnit, VideoCodec, VideoUnit } from '../wire/index.js';
import type { GuessLimit } from './guess-limit.js';
import type { HostLocator } from './guest-connector.js';
import type { CallNotice } from './notices.js';
import type { CallState } from './state.js';

/** What a call tells. */
export interface CallEvents {
  state: CallState;
  /** A participant's camera or screen is on: its units go to a sink that is given to it now. */
  track: RemoteVideoTrack;
  /**
   * A participant's camera or screen is off. `sessionOver` where it ended with the session: the state
   * says why, or has changed already where they came back by a newer connection.
   */
  trackEnd: { readonly kind: VideoKind; readonly reason: EndReason; readonly sessionOver?: true };
  /**
   * A picture of the own camera, with someone there or not; none of a camera that encodes on credit,
   * which shows what it sees without the call.
   */
  preview: { readonly kind: VideoKind; readonly unit: VideoUnit };
  /** A unit that is on its way. */
  sent: { readonly kind: VideoKind; readonly unit: NumberedVideoUnit };
  notice: CallNotice;
}

/** The own camera or screen in a call. */
export interface CallTrack {
  /**
   * Starts it, or another device in its place.
   *
   * @throws RoomkeyError `RK_CAMERA_*`; `RK_CLOSED` where it was stopped, or started again, before it
   * was open; the call goes on without it
   */
  start(request: CaptureRequest): Promise<void>;
  /** Stops it, also one that is still being opened; the call goes on. Can be called twice. */
  stop(): Promise<void>;
  /**
   * Changes the quality, 1…100, of the units to come; nothing happens where it does not run.
   *
   * @throws RangeError outside of it
   */
  setQuality(quality: number): void;
}

/** What was received of one kind of track. */
export interface ReceivedCounts {
  readonly units: number;
  /** Of encoded pictures, without headers. */
  readonly bytes: number;
}

/** Units of both directions since the call began. */
export interface CallStatistics {
  readonly sent: Readonly<Record<VideoKind, LocalVideoCounts>>;
  readonly received: Readonly<Record<VideoKind, ReceivedCounts>>;
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
  /** What this side can receive; JPEG is among them. */
  readonly codecs: readonly VideoCodec[];
  /** Whom the account has met. */
  readonly people: Pick<KnownPeers, 'verify' | 'remember' | 'resemblance'>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Who one is in this call, and how the other side is found. */
export type CallRole =
  | { readonly kind: 'host'; readonly publisher: RoomPublisher }
  | {
      readonly kind: 'guest';
      readonly locator: HostLocator;
      /** The guesses that others had at the room's password. */
      readonly guesses: GuessLimit;
    };
