import { describe, expect, it } from 'vitest';
import { concat, fromHex, toHex } from '../../src/secure/bytes.js';
import { decodeBeacon, encodeBeacon } from '../../src/secure/beacon.js';
import {
  createIdentitySeed,
  identityFromSeed,
  isIdentity,
  verifySignature,
  type Identity,
} from '../../src/secure/identity.js';
import { decodeRoomRecord, encodeRoomRecord } from '../../src/rooms/room-record.js';
import {
  areRoomParametersValid,
  createRoomParameters,
  roomId,
} from '../../src/secure/room-parameters.js';
import { HostHandshake } from '../../src/secure/host-handshake.js';
import { rogueGuest } from './adversary.js';
import { createPeers, expectFailure } from './peers.js';

/**
 * All encodings of the eight points of small order: five y-coordinates, 0 and 1 also as p and p +
 * 1, each with either sign of x.
 */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
];

/**
 * Someone with this public key who signs without a private key: R is the neutral element, S is 0.
 */
function keyless(publicKey: Uint8Array): Identity {
  const signature = concat(fromHex('01'), new Uint8Array(63));
  return { publicKey, sign: () => signature, deriveSecret: () => new Uint8Array(32) };
}

describe('an identity of small order', () => {
  it.each(SMALL_ORDER)('%s verifies no signature', (hex) => {
    const identity = keyless(fromHex(hex));
    const { publicKey } = identity;
    expect(isIdentity(publicKey)).toBe(false);
    // Some of these verify for one in eight messages.
    for (let message = 0; message < 64; message += 1) {
      expect(verifySignature(publicKey, Uint8Array.of(message), identity.sign(publicKey))).toBe(
        false,
      );
    }
    expect(areRoomParametersValid(createRoomParameters(publicKey, 0))).toBe(false);
  });

  it.each(SMALL_ORDER)('%s cannot join a room', (hex) => {
    const peers = createPeers(0);
    const guest = rogueGuest(peers.guest, { identity: keyless(fromHex(hex)) });
    const host = new HostHandshake(peers.host);
    const f3 = guest.f3(host.reply(guest.f1));
    expectFailure(() => host.confirm(f3));
  });

  it.each(SMALL_ORDER)('%s cannot announce a room', (hex) => {
    const identity = keyless(fromHex(hex));
    const beacon = {
      room: createRoomParameters(identity.publicKey, 0),
      epoch: 1,
      sequence: 1,
      farewell: false,
      full: false,
      port: 1,
      minVersion: 1,
      maxVersion: 1,
      roomName: 'lab',
      hostName: 'Grace',
    };
    expect(() => decodeBeacon(encodeBeacon(beacon, identity))).toThrow(
      expect.objectContaining({ code: 'RK_BEACON_INVALID' }),
    );
  });

  it.each(SMALL_ORDER)('%s cannot store a room', (hex) => {
    const identity = keyless(fromHex(hex));
    // The signature of some of these is valid for one in eight messages.
    for (let count = 0; count < 32; count += 1) {
      const parameters = createRoomParameters(identity.publicKey, 0);
      const id = toHex(roomId(parameters));
      const room = { id, name: 'lab', ownerName: 'Grace', parameters };
      const value = encodeRoomRecord(room, identity);
      expect(decodeRoomRecord({ id, revision: 1, value })).toBeUndefined();
    }
  });
});

describe('an identity', () => {
  it('has a y-coordinate below p', () => {
    const p = 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f';
    for (let above = 0; above < 19; above += 1) {
      const bytes = fromHex(p);
      bytes[0] = 0xed + above;
      expect(isIdentity(bytes)).toBe(false);
    }
    const bytes = fromHex(p);
    bytes[0] = 0xeb;
    expect(isIdentity(bytes)).toBe(true);
  });

  it('follows from every seed', () => {
    for (let count = 0; count < 100; count += 1) {
      expect(isIdentity(identityFromSeed(createIdentitySeed()).publicKey)).toBe(true);
    }
  });
});

describe('the secret of an identity', () => {
  it('is the same each time, and different for each label and identity', () => {
    const seed = fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
    const secret = (label: string, of = seed): string =>
      toHex(identityFromSeed(of).deriveSecret(label));
    // Existing files depend on this value.
    expect(secret('own room passwords')).toBe(
      'a4c025a599a9c0c49dc08ea6717ab75d20010f44c838220063ccf32710d723d2',
    );
    expect(secret('own room passwords')).toBe(secret('own room passwords'));
    expect(secret('another')).not.toBe(secret('own room passwords'));
    expect(secret('another', createIdentitySeed())).not.toBe(secret('another'));
  });
});
