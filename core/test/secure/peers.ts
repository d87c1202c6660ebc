import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { GuestHandshake } from '../../src/secure/guest-handshake.js';
import type { GuestHandshakeOptions } from '../../src/secure/guest-handshake.js';
import type { HandshakeOptions } from '../../src/secure/handshake-common.js';
import { handshakeFailed } from '../../src/secure/handshake-failure.js';
import { HostHandshake } from '../../src/secure/host-handshake.js';
import { createIdentitySeed, identityFromSeed } from '../../src/secure/identity.js';
import type { Identity } from '../../src/secure/identity.js';
import { createRoomParameters } from '../../src/secure/room-parameters.js';
import type { RoomMode } from '../../src/secure/room-parameters.js';
import { testCipher } from './aes-gcm.js';

/** Two people and a room, with their handshake options. */
export interface Peers {
  readonly guest: GuestHandshakeOptions;
  readonly host: HandshakeOptions;
}

/** A matching guest and host; the password secret is random because PBKDF2 is slow. */
export function createPeers(mode: RoomMode): Peers {
  const hostIdentity = newIdentity();
  const room = createRoomParameters(hostIdentity.publicKey, mode);
  const common = {
    room,
    ciphers: [testCipher()],
    ...(mode === 1 && { passwordSecret: randomBytes(32) }),
  };
  return {
    guest: { ...common, identity: newIdentity(), name: 'Ada', listenPort: 40_001 },
    host: { ...common, identity: hostIdentity, name: 'Grace' },
  };
}

export function newIdentity(): Identity {
  return identityFromSeed(createIdentitySeed());
}

/** Changes messages on the wire; unnamed ones stay unchanged. */
export type Wire = Partial<Record<'f1' | 'f2' | 'f3' | 'f4', (message: Uint8Array) => Uint8Array>>;

/** Runs a handshake through a wire. Messages are lent, as a connection lends them. */
export function shakeHands({ guest, host }: Peers, wire: Wire = {}) {
  const guestSide = new GuestHandshake(guest);
  const hostSide = new HostHandshake(host);
  const messages: Partial<Record<keyof Wire, Uint8Array>> = {};
  function deliver<T>(name: keyof Wire, message: Uint8Array, to: (lent: Uint8Array) => T): T {
    messages[name] = message.slice();
    // a Buffer, as from a socket: its slice() does not copy
    const lent = Buffer.from((wire[name] ?? ((same) => same))(message.slice()));
    try {
      return to(lent);
    } finally {
      lent.fill(0xee);
    }
  }
  const f2 = deliver('f1', guestSide.hello(), (f1) => hostSide.reply(f1));
  const f3 = deliver('f2', f2, (message) => guestSide.exchange(message));
  const confirmed = deliver('f3', f3, (message) => hostSide.confirm(message));
  const guestSession = deliver('f4', confirmed.message, (message) => guestSide.finish(message));
  return {
    guest: guestSession,
    host: confirmed.security,
    messages: messages as Record<keyof Wire, Uint8Array>,
  };
}

/** Expects the single generic error, with the same message for every reason in rooms of one mode. */
export function expectFailure(run: () => unknown): void {
  const messages = ([0, 1] as const).map((mode) => handshakeFailed(mode).message);
  expect(run).toThrow(
    expect.objectContaining({
      code: 'RK_HANDSHAKE_FAILED',
      message: expect.toBeOneOf(messages) as string,
    }),
  );
}
