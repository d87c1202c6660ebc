import { describe, expect, it } from 'vitest';
import type { RoomMode } from '../../src/secure/room-parameters.js';
import { toHex } from '../../src/secure/bytes.js';
import { createPeers, shakeHands } from './peers.js';

describe.each<{ room: string; mode: RoomMode }>([
  { room: 'a room without a password', mode: 0 },
  { room: 'a password room', mode: 1 },
])('a handshake in $room', ({ mode }) => {
  it('gives both sides the same secrets, words and session, and the other’s name', () => {
    const peers = createPeers(mode);
    const { guest, host } = shakeHands(peers);
    expect(guest.peer).toEqual({ identity: peers.host.identity.publicKey, name: 'Grace' });
    expect(host.peer).toEqual({ identity: peers.guest.identity.publicKey, name: 'Ada' });
    expect(guest).toMatchObject({ role: 'guest', suite: 1 });
    expect(host).toMatchObject({ role: 'host', suite: 1, peerListenPort: 40_001 });
    expect(guest).not.toHaveProperty('peerListenPort');
    expect(guest.words).toEqual(host.words);
    expect(guest.words).toHaveLength(4);
    expect(guest.sessionId).toEqual(host.sessionId);
    expect(guest.bindKey).toEqual(host.bindKey);
    const secrets = new Set<string>();
    for (const connection of [1, 2] as const) {
      for (const sender of ['guest', 'host'] as const) {
        const secret = guest.trafficSecret(connection, sender);
        expect(secret).toEqual(host.trafficSecret(connection, sender));
        expect(secret).toHaveLength(64);
        secrets.add(secret.join());
      }
    }
    expect(secrets.size).toBe(4);
  });
});

describe('the name of the other side', () => {
  it('cannot contain line breaks or bidirectional overrides', () => {
    const peers = createPeers(0);
    const name = 'Bo\n\u202eb\u001b[2J\u009b';
    expect(shakeHands({ ...peers, guest: { ...peers.guest, name } }).host.peer.name).toBe('Bob[2J');
  });

  it('is the beginning of the identity if it has no visible character', () => {
    const peers = createPeers(0);
    const { host } = shakeHands({ ...peers, guest: { ...peers.guest, name: '\u200b\u0007' } });
    expect(host.peer.name).toBe(toHex(peers.guest.identity.publicKey).slice(0, 8));
  });
});
