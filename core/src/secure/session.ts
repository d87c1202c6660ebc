import { RoomkeyError } from '../errors/index.js';
import type { Peer, Role } from './key-schedule.js';
import { expandLabel } from './kdf.js';

/** What a handshake leaves behind: who is there, and the secrets that both share. */
export interface Session {
  /** The side that this is. */
  readonly role: Role;
  /** The suite number of the cipher that both use. */
  readonly suite: number;
  /** What both sides can do. */
  readonly capabilities: number;
  readonly peer: Peer;
  /** Four words to compare in a room without a password. */
  readonly words: readonly string[];
  /** 16 bytes: names the session when connection 2 is attached. */
  readonly sessionId: Uint8Array;
  /** 32 bytes: proves to whom connection 2 belongs. */
  readonly bindKey: Uint8Array;
  /** At the host: where the guest waits for connection 2; absent where it does not. */
  readonly peerListenPort?: number;
  /**
   * The first traffic secret of a connection and a sender, 64 bytes, in memory of its own.
   *
   * @throws RoomkeyError `RK_CLOSED` after `erase()`
   */
  trafficSecret(connection: 1 | 2, sender: Role): Uint8Array;
  /** Overwrites the secrets. Can be called twice. */
  erase(): void;
}

/** What a session is made of. */
export type SessionFields = Pick<
  Session,
  'role' | 'suite' | 'capabilities' | 'peer' | 'words' | 'peerListenPort'
>;

/** @param main M; the session owns it from now on */
export function createSession(main: Uint8Array, fields: SessionFields): Session {
  const bindKey = expandLabel(main, 'attach', 32);
  let erased = false;
  return {
    ...fields,
    sessionId: expandLabel(main, 'session id', 16),
    bindKey,
    trafficSecret(connection, sender) {
      if (erased) throw new RoomkeyError('RK_CLOSED', 'The session is over; its keys are erased.');
      return expandLabel(main, `traffic c${connection} ${sender}`, 64);
    },
    erase() {
      erased = true;
      main.fill(0);
      bindKey.fill(0);
    },
  };
}
