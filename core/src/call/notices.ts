import { hasCode, RoomkeyError, type ErrorCode } from '../errors/index.js';
import { fingerprint } from '../people/fingerprint.js';
import type { HandshakePause } from '../secure/handshake-rate-limiter.js';
import type { ChannelEnd } from '../secure/channel.js';
import { CloseCode, tampered } from '../secure/records.js';
import type { LastPartner, CallEnd } from './state.js';

/** Something that the user should know and that does not end the call. */
export interface CallNotice {
  /**
   * The user's camera, screen, microphone, sound of the screen or loudspeaker stopped; the loudspeaker
   * does not play the sound of the participant's screen (`screenSpeaker`); a peer, or what it sent, was
   * refused; storing failed.
   */
  readonly topic:
    | 'camera'
    | 'screen'
    | 'microphone'
    | 'screenAudio'
    | 'speaker'
    | 'screenSpeaker'
    | 'refused'
    | 'storage';
  readonly error: Error;
}

/**
 * The notice to a host that someone failed to join.
 *
 * @param isWrongPassword whether the only reason was a wrong password
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

/** The notice to a host that joining is paused after wrong passwords. */
export function pauseNotice({ failures, pauseMs }: HandshakePause): Error {
  return new RoomkeyError(
    'RK_HANDSHAKE_FAILED',
    `${failures} wrong passwords. Joining is paused for ${Math.ceil(pauseMs / 1000)} seconds. If you don’t know who it is, make a new room with a different password.`,
  );
}

/**
 * The notice to a guest that others guessed at its password several times.
 *
 * @param owner the name of the room's owner
 */
export function guessNotice(owner: string): Error {
  return new RoomkeyError(
    'RK_PASSWORD_GUESSED',
    `Someone answers for ${owner} and doesn't know the password.`,
  );
}

/** The error that ends the call of a guest when others guessed too often. */
export function tooManyGuessesError(owner: string): Error {
  return new RoomkeyError(
    'RK_PASSWORD_GUESSED',
    `Someone answers for ${owner} and doesn't know the password. Roomkey stopped, so that they can't try more passwords. Enter the password again on a network that you trust.`,
  );
}

/** The error that ends the call of a guest who joins a full room. */
export function roomFullError(): Error {
  return new RoomkeyError('RK_ROOM_FULL', 'The room is full. Try again later.');
}

/** The error that ends the call of a guest when too many others wait to be let in. */
function lobbyFullError(): Error {
  return new RoomkeyError(
    'RK_ROOM_FULL',
    'You can’t ask to join right now. Try again in a minute.',
  );
}

/** The error that ends the call of a guest that the host did not let in. */
function declinedError(host: string): Error {
  return new RoomkeyError('RK_ROOM_DECLINED', `${host} didn’t let you in.`);
}

/** The notice to a host whose settings declined a guest. */
export function declinedNotice(name: string): RoomkeyError {
  return new RoomkeyError(
    'RK_ROOM_DECLINED',
    `${name} tried to join. Only people you’ve met are let in.`,
  );
}

/** The notice to the host of a full room. */
export function roomFullNotice(name: string): RoomkeyError {
  return new RoomkeyError('RK_ROOM_FULL', `${name} tried to join. The room is full.`);
}

/**
 * The error that ends the call of a guest if the host did not return in time, or did not accept the
 * guest in time.
 *
 * @param identity the guest's
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
        'RK_IDENTITY_UNACCEPTED',
        `${name} didn’t accept your fingerprint within 10 minutes. Read it to them by phone, then join again: ${fingerprint(identity)}`,
      );
  }
}

/**
 * The notice of how a session ended; undefined after a regular close or a network failure. Not being
 * accepted is a state of the call instead.
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

/**
 * How the call of a guest ends with its session; undefined if the guest connects again.
 *
 * @param host the host's name
 */
export function finalEnd(end: ChannelEnd, host: string): CallEnd | undefined {
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
    case CloseCode.declined:
      return { kind: 'failed', error: declinedError(host) };
    case CloseCode.lobbyFull:
      return { kind: 'failed', error: lobbyFullError() };
    default:
      // Leaving, or a code of a later version, which counts as leaving.
      return undefined;
  }
}

/** @param reason the peer's words: never part of our own sentence */
function closedByPeer(reason: string): RoomkeyError {
  return new RoomkeyError(
    'RK_RECORD_INVALID',
    'The other side could not read what this side sent, and stopped the call. Update Roomkey on both computers.',
    { cause: new Error(reason) },
  );
}
