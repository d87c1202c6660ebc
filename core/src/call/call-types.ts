import type {
  AudioDevices,
  AudioInputRequest,
  AudioOutputRequest,
  AudioOutputStatistics,
} from '../contracts/audio.js';
import type { Camera, CaptureRequest } from '../contracts/camera.js';
import type { Cipher } from '../contracts/cipher.js';
import type { Logger } from '../contracts/logger.js';
import type { Transport } from '../contracts/transport.js';
import type { KnownPeers } from '../people/known-peers.js';
import type { LocalAudioCounts } from '../media/local-audio-track.js';
import type { LocalVideoCounts } from '../media/local-video-track.js';
import type { RemoteVideoTrack } from '../media/remote-video-track.js';
import type { Clock } from '../util/clock.js';
import type { EndReason } from '../wire/control.js';
import type { VideoKind } from '../wire/video-kind.js';
import type { NumberedVideoUnit, VideoCodec, VideoUnit, WireAudioUnit } from '../wire/index.js';
import type { GuessLimit } from './guess-limit.js';
import type { HostLocator } from './guest-connector.js';
import type { Knock, LetIn } from './lobby.js';
import type { CallNotice } from './notices.js';
import type { CallState } from './state.js';

/** The events of a call. */
export interface CallEvents {
  state: CallState;
  /** A participant's camera or screen is on. A listener sets the sink of its units now. */
  track: RemoteVideoTrack;
  /**
   * A participant's camera or screen is off. `sessionOver` if it ended with the session: the state
   * says why, or has changed already if the participant returned by a newer connection.
   */
  trackEnd: { readonly kind: VideoKind; readonly reason: EndReason; readonly sessionOver?: true };
  /**
   * A frame of the user's camera, with a partner or without; none of a camera that encodes on
   * credit, which shows its preview itself.
   */
  preview: { readonly kind: VideoKind; readonly unit: VideoUnit };
  /** A unit that was sent. */
  sent: { readonly kind: VideoKind; readonly unit: NumberedVideoUnit };
  /** A participant's microphone is on, muted or off. */
  microphone: RemoteMicrophone;
  /** The sound of a participant's screen is on or off. */
  screenAudio: RemoteScreenAudio;
  /** A unit of a participant's microphone came, or a copy of one, before it is played. */
  sound: WireAudioUnit;
  notice: CallNotice;
  /** Host: who waits to be let in has changed. */
  knocks: readonly Knock[];
}

/** The end of a participant's sound. `sessionOver` as in `trackEnd`. */
export interface RemoteSoundEnd {
  readonly isOn: false;
  readonly reason: EndReason;
  readonly sessionOver?: true;
}

/** A participant's microphone, as its user's program reports it. */
export type RemoteMicrophone = { readonly isOn: true; readonly isMuted: boolean } | RemoteSoundEnd;

/** The sound of a participant's screen, as its user's program reports it. */
export type RemoteScreenAudio = { readonly isOn: true } | RemoteSoundEnd;

/** Controls of a source of the user's sound in a call: the microphone, or the shared screen. */
export interface CallAudioInput {
  readonly isOn: boolean;
  /**
   * Starts it, or replaces the device.
   *
   * @throws RoomkeyError `RK_AUDIO_*`; `RK_CLOSED` if it was stopped, or started again, before it was
   * open; the call continues without it
   */
  start(request: AudioInputRequest): Promise<void>;
  /** Stops it, even while it is being opened, and gives the device back. Idempotent. */
  stop(): Promise<void>;
}

/** Controls of the user's microphone in a call. It is muted from the start if `setMuted` said so. */
export interface CallMicrophone extends CallAudioInput {
  readonly isMuted: boolean;
  /** RMS of the newest unit, 0…1, for a meter; 0 while it is muted or off. */
  readonly level: number;
  /**
   * Mutes, or gives the voice back: also of a microphone that is started later. A muted microphone
   * sends encoded silence, so the network does not show who is muted; the partner is told. The sound of
   * the screen goes on.
   */
  setMuted(muted: boolean): void;
}

/** Controls of the user's loudspeaker in a call, which plays all that the other participants send. */
export interface CallSpeaker {
  readonly isOn: boolean;
  /** Of the open loudspeaker, since it was opened. */
  readonly statistics: AudioOutputStatistics | undefined;
  /**
   * Starts it, or replaces the device.
   *
   * @throws RoomkeyError as `CallAudioInput.start`
   */
  start(request: AudioOutputRequest): Promise<void>;
  /** Stops it, even while it is being opened. Idempotent. */
  stop(): Promise<void>;
  /** Sets the volume, 0…1, also of a loudspeaker that is started later. @throws RangeError outside */
  setVolume(volume: number): void;
}

/** Controls of the user's camera or screen in a call. */
export interface CallTrack {
  /**
   * Starts it, or replaces the device.
   *
   * @throws RoomkeyError `RK_CAMERA_*`; `RK_CLOSED` if it was stopped, or started again, before it
   * was open; the call continues without it
   */
  start(request: CaptureRequest): Promise<void>;
  /** Stops it, even while it is being opened; the call continues. Idempotent. */
  stop(): Promise<void>;
  /**
   * Changes the quality, 1…100, of the units to come. Does nothing if it does not run.
   *
   * @throws RangeError outside that range
   */
  setQuality(quality: number): void;
}

/** Counts of the units received of one kind of track. */
export interface ReceivedCounts {
  readonly units: number;
  /** Of encoded frames, without headers. */
  readonly bytes: number;
}

/** Counts of the sound received of one source, without copies. */
export interface ReceivedSound {
  readonly units: number;
}

/** Units of both directions since the call began. */
export interface CallStatistics {
  readonly sent: Readonly<Record<VideoKind, LocalVideoCounts>> &
    Readonly<Record<'microphone' | 'screenAudio', LocalAudioCounts>>;
  readonly received: Readonly<Record<VideoKind, ReceivedCounts>> &
    Readonly<Record<'microphone' | 'screenAudio', ReceivedSound>>;
}

/** A room that is published. */
export interface RoomPublication {
  /** Publishes whether the room is full, so that others do not try to join in vain. */
  setFull(full: boolean): void;
  stop(): Promise<void>;
}

/** Publishes a room while it is hosted. */
export interface RoomPublisher {
  /** Stores the encrypted endpoint and announces the room. */
  publish(port: number, signal: AbortSignal): Promise<RoomPublication>;
}

/** What a call needs. */
export interface CallDependencies {
  readonly transport: Transport;
  readonly cipher: Cipher;
  readonly camera: Camera;
  readonly audio: AudioDevices;
  /** What this side can receive; JPEG is among them. */
  readonly codecs: readonly VideoCodec[];
  /** The peers that the account has met. */
  readonly people: Pick<KnownPeers, 'verify' | 'remember' | 'resemblance'>;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The role of this side, and how the two sides find each other. */
export type CallRole =
  | { readonly kind: 'host'; readonly publisher: RoomPublisher; readonly letIn: LetIn }
  | {
      readonly kind: 'guest';
      readonly locator: HostLocator;
      /** Counts how often others could guess at the room's password. */
      readonly guesses: GuessLimit;
    };
