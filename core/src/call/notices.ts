import { hasCode, RoomkeyError, type ErrorCode } from '../errors/index.js';
import { fingerprint } from '../people/fingerprint.js';
import type { HandshakePause } from '../secure/handshake-rate-limiter.js';
import type { ChannelEnd } from '../secure/channel.js';
import { CloseCode, tampered } from '../secure/records.js';
import type { LastPartner, CallEnd } from './state.js';

/** Something that a person should know and that does not end the call. */
export interface CallNotice {
  /** The own camera or screen is gone; someone, or what they sent, was refused; something was not stored. */
  readonly topic: 'camera' | 'screen' | 'refused' | 'storage';
  readonly error: Error;
}

/**
 * What the host is told when somebody could not come in.
 *
 * @param isWrongPassword whether a guess at the room's password was wrong, and nothing else
 */
export function refusedNotice(cause: unknown, isWrongPassword: boolean): RoomkeyError {
  if (isWrongPassword) {
    return new RoomkeyError('RK_HANDSHAKE_FAILED', 'Someone entered a wrong password.', { cause });
  }
  if (hasCode(cause, 'RK_HANDSHAKE_BUSY')) return cause;
  const code = cause instanceof RoomkeyError ? cause.code : 'RK_HANDSHAKE_FAILED';
  return new RoomkeyError(code, `Someone couldn’t join. ${whyRefused(code)}`, { cause });
}

function whyRefused(code: ErrorCode): string {
  switch (code) {
    case 'RK_TRANSPORT_MESSAGE_TOO_LARGE':
      return 'A program that isn’t Roomkey tried to connect.';
    case 'RK_HANDSHAKE_VERSION':
      return 'Update Roomkey on both computers.';
    case 'RK_HANDSHAKE_TIMEOUT':
      return 'They didn’t answer in time.';
    case 'RK_TRANSPORT_BROKEN':
      return 'Their connection was lost.';
    default:
      return 'What they sent couldn’t be verified.';
  }
}

/** What the host is told when somebody goes on trying. */
export function pauseNotice({ failures, pauseMs }: HandshakePause): Error {
  return new RoomkeyError(
    'RK_HANDSHAKE_FAILED',
    `${failures} wrong passwords were tried; nobody is let in for ${Math.ceil(pauseMs / 1000)} s. If that was nobody you know, make a new room with another password.`,
  );
}

/**
 * What a guest is told when others had several guesses at its password.
 *
 * @param owner whose room it is
 */
export function guessNotice(owner: string): Error {
  return new RoomkeyError(
    'RK_PASSWORD_GUESSED',
    `Someone answers for ${owner} and doesn't know the password.`,
  );
}

/** Why the call ends for a guest when that goes on. */
export function tooManyGuessesError(owner: string): Error {
  return new RoomkeyError(
    'RK_PASSWORD_GUESSED',
    `Someone answers for ${owner} and doesn't know the password. Roomkey stopped, so that they can't try more passwords. Enter the password again on a network that you trust.`,
  );
}

/** How the call ends for a guest who comes when somebody else is there. */
export function roomFullError(): Error {
  return new RoomkeyError('RK_ROOM_FULL', 'The room is full. Try again later.');
}

/** What the host is told then. */
export function roomFullNotice(name: string): RoomkeyError {
  return new RoomkeyError('RK_ROOM_FULL', `${name} tried to join. The room is full.`);
}

/**
 * How the call ends for a guest when a host that is gone has not come back in time, or one that does
 * not recognise the guest has not accepted it.
 *
 * @param identity the guest's own
 */
export function hostNotBackError({ name, kind }: LastPartner, identity: Uint8Array): Error {
  switch (kind) {
    case 'left':
      return new RoomkeyError(
        'RK_ROOM_NOT_OPEN',
        `${name} left and didn’t come back within 10 minutes. Join again to wait for ${name}.`,
      );
    case 'lost':
      return new RoomkeyError(
        'RK_ROOM_NOT_OPEN',
        `The connection to ${name} was lost and didn’t come back within 10 minutes. Check that both computers are on the same network, then join again.`,
      );
    case 'unaccepted':
      return new RoomkeyError(
        'RK_PERSON_UNACCEPTED',
        `${name} didn’t accept your fingerprint within 10 minutes. Read it to them by phone, then join again: ${fingerprint(identity)}`,
      );
  }
}

/**
 * What a person is told of how a connection ended; undefined where it was a goodbye, or is a matter
 * of the network. That one was not accepted is a state of the call.
 */
export function endNotice(end: ChannelEnd): RoomkeyError | undefined {
  if (end.kind === 'invalid') return end.error;
  if (end.kind === 'broken') return undefined;
  switch (end.code) {
    case CloseCode.protocolError:
      return closedByPeer(end.reason);
    case CloseCode.tamperedError:
      return tampered();
    default:
      return undefined;
  }
}

/** How the call ends for a guest whose connection ended; undefined where it may return by itself. */
export function finalEnd(end: ChannelEnd): CallEnd | undefined {
  const error = endNotice(end);
  if (error !== undefined) return { kind: 'failed', error };
  if (end.kind !== 'closed') return undefined;
  switch (end.code) {
    case CloseCode.roomClosed:
      return { kind: 'room-closed' };
    case CloseCode.replaced:
      return { kind: 'replaced' };
    case CloseCode.roomFull:
      return { kind: 'failed', error: roomFullError() };
    default:
      // Leaving, or a code that a later version made up: a goodbye.
      return undefined;
  }
}

function closedByPeer(reason: string): RoomkeyError {
  return new RoomkeyError(
    'RK_RECORD_INVALID',
    `The other side ended the call: ${reason}. Update Roomkey on both sides.`,
  );
}
