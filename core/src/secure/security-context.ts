import { RoomkeyError } from '../errors/index.js';
import type { Peer, Role } from './key-schedule.js';
import { expandLabel } from './kdf.js';

/** The result of a handshake: the peer and the shared secrets. */
export interface SecurityContext {
  /** This side's role. */
  readonly role: Role;
  /** Suite number of the agreed cipher. */
  readonly suite: number;
  readonly peer: Peer;
  /** Four words (SAS) to compare in a room without a password. */
  readonly words: readonly string[];
  /** 16 bytes: identifies the session when the reverse connection is bound. */
  readonly sessionId: Uint8Array;
  /** 32 bytes: proves that the reverse connection belongs to this session. */
  readonly bindKey: Uint8Array;
  /**
   * On the host: port on which the guest accepts the reverse connection; absent if it accepts none.
   */
  readonly peerListenPort?: number;
  /**
   * The first traffic secret of a connection and a sender, 64 bytes; the caller owns it.
   *
   * @throws RoomkeyError `RK_CLOSED` after `erase()`
   */
  trafficSecret(connection: 1 | 2, sender: Role): Uint8Array;
  /** Overwrites the secrets. Idempotent. */
  erase(): void;
}

/** What a security context is made of. */
export type SecurityContextFields = Pick<
  SecurityContext,
  'role' | 'suite' | 'peer' | 'words' | 'peerListenPort'
>;

/** @param main M; the context takes ownership */
export function createSecurityContext(
  main: Uint8Array,
  fields: SecurityContextFields,
): SecurityContext {
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
