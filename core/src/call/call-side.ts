import type { ChannelEnd } from '../secure/channel.js';
import type { CompletedHandshake } from '../secure/run-handshake.js';
import type { AdmissionControl, IdentityAssessment } from './admission-control.js';
import type { CallRoom } from './call-room.js';
import type { CallDependencies } from './call-types.js';
import type { CallNotice } from './notices.js';
import type { PeerSession } from './peer-session.js';
import type { CallEnd, CallEvent, CallState } from './state.js';

/** What a side needs of its call. */
export interface CallContext {
  readonly room: CallRoom;
  readonly dependencies: CallDependencies;
  readonly admission: AdmissionControl;
  /** The end of the call aborts it. */
  readonly signal: AbortSignal;
  readonly state: CallState;
  /** The session with the partner, or with the host that has not let this side in. */
  readonly session: PeerSession | undefined;
  /** The close code of a call that is over. */
  readonly closeCode: number;
  /** The handshake has succeeded: the call makes a session of it and gives it to `receive`. */
  connect(handshake: CompletedHandshake): Promise<void>;
  /** Makes a session the one of the call; one that it replaces is closed. */
  setSession(session: PeerSession): void;
  /** The partner is in the call. */
  goLive(session: PeerSession, assessment: IdentityAssessment): void;
  dispatch(event: CallEvent): void;
  notice(topic: CallNotice['topic'], error: unknown): void;
  end(end: CallEnd): Promise<void>;
}

/** What a host and a guest do differently in a call. */
export interface CallSide {
  /** Listens, and publishes the room. @throws RoomkeyError if it cannot */
  open(signal: AbortSignal): Promise<void>;
  /** The call is open: looks for the host. */
  begin?(): void;
  /** The peer proved its identity; whether that identity is the known one is checked next. */
  receive(session: PeerSession): Promise<void>;
  /** The peer of the session of the call has admitted this side. */
  onAdmitted?(): void;
  /** The session of the call has ended, and is not its session any more. */
  onSessionEnd(session: PeerSession, end: ChannelEnd): Promise<void>;
  /** A session has ended that was not the one of the call. */
  onOtherSessionEnd?(session: PeerSession): void;
  onState(state: CallState): void;
  /** The call is over: reports nothing more. Idempotent. */
  stop(): void;
  /** Releases everything, after `stop`. What fails is logged. */
  close(): readonly (Promise<void> | undefined)[];
}
