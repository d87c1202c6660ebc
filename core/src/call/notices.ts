import { hasCode, RoomkeyError } from '../errors/index.js';
import type { AdmissionPause } from '../secure/admission.js';
import type { ChannelEnd } from '../secure/channel.js';
import { CloseCode } from '../secure/records.js';
import type { CallEnd } from './state.js';

/** Something that a person should know and that does not end the call. */
export interface CallNotice {
  /** The own camera is gone; somebody could not come in; something could not be stored. */
  readonly topic: 'camera' | 'refused' | 'storage';
  readonly error: Error;
}

/** What the host is told when somebody could not come in. */
export function refusedNotice(error: Error, remote: string): Error {
  if (!hasCode(error, 'RK_HANDSHAKE_FAILED')) return error;
  return new RoomkeyError(
    'RK_HANDSHAKE_FAILED',
    `Somebody at ${remote} could not come in: a wrong password, or no right to be here. If it was your partner, tell them the password again.`,
    { cause: error },
  );
}

/** What the host is told when somebody goes on trying. */
export function pauseNotice({ failures, pauseMs }: AdmissionPause): Error {
  return new RoomkeyError(
    'RK_HANDSHAKE_FAILED',
    `${failures} wrong passwords were tried; nobody is let in for ${Math.ceil(pauseMs / 1000)} s. If that was nobody you know, make a new room with another password.`,
  );
}

/** How the call ends for a guest whose host closed the connection; undefined where it may return. */
export function finalEnd(end: ChannelEnd): CallEnd | undefined {
  if (end.kind === 'broken') return undefined;
  switch (end.code) {
    case CloseCode.roomClosed:
      return { kind: 'room-closed' };
    case CloseCode.replaced:
      return { kind: 'replaced' };
    case CloseCode.identityRefused:
      return { kind: 'failed', error: identityRefused() };
    case CloseCode.protocolError:
      return { kind: 'failed', error: closedFor(end.reason) };
    default:
      // Leaving, or a code that a later version made up: a goodbye.
      return undefined;
  }
}

/** Told to the side whose identity the other one does not accept. */
export function identityRefused(): Error {
  return new RoomkeyError(
    'RK_PERSON_CHANGED',
    'The other side knows another identity under your name and did not let you in. Ask them to accept you with `roomkey people accept`, after comparing fingerprints.',
  );
}

function closedFor(reason: string): Error {
  return new RoomkeyError(
    'RK_RECORD_INVALID',
    `The other side ended the call: ${reason}. Update Roomkey on both sides.`,
  );
}
