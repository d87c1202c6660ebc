import { randomBytes } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { concat, fromHex, lv, utf8 } from '../../src/secure/bytes.js';
import { cpaceGenerator } from '../../src/secure/cpace.js';
import { GuestHandshake } from '../../src/secure/guest-handshake.js';
import { HandshakeSecrets } from '../../src/secure/handshake-common.js';
import { parseHostHello, parseGuestFinish } from '../../src/secure/handshake-messages.js';
import { HostHandshake } from '../../src/secure/host-handshake.js';
import * as schedule from '../../src/secure/key-schedule.js';
import { createSecurityContext } from '../../src/secure/security-context.js';
import { x25519PublicKey, x25519Secret } from '../../src/secure/x25519.js';
import { proofOf, rogueGuest, rogueHost } from './adversary.js';
import type { Deviation } from './adversary.js';
import { LOW_ORDER_POINTS, TOP_BIT_POINTS } from './low-order-points.js';
import { createPeers, expectFailure, newIdentity, shakeHands } from './peers.js';
import type { Peers } from './peers.js';

/** Runs the real host against a deviating guest. */
function attackHost({ guest, host }: Peers, deviation: Deviation) {
  const attacker = rogueGuest(guest, deviation);
  const victim = new HostHandshake(host);
  return victim.confirm(attacker.f3(victim.reply(attacker.f1)));
}

/** Runs the real guest against a deviating host. */
function attackGuest({ guest, host }: Peers, deviation: Deviation) {
  const attacker = rogueHost(host, deviation);
  const victim = new GuestHandshake(guest);
  return victim.finish(attacker.f4(victim.exchange(attacker.f2(victim.hello()))));
}

const open = createPeers(0);
const locked = createPeers(1);
const nothing = new Uint8Array(0);
const zeros = new Uint8Array(32);

describe('the attackers of these tests', () => {
  it.each([open, locked])('succeed without a deviation', (peers) => {
    expect(attackHost(peers, {}).security.peer.name).toBe('Ada');
    expect(attackGuest(peers, {}).peer.name).toBe('Grace');
  });
});

describe('a modified guest', () => {
  it('cannot reveal a key other than the one it committed to', () => {
    const committed = x25519PublicKey(x25519Secret());
    expectFailure(() => attackHost(open, { committed }));
    expectFailure(() => attackHost(locked, { committed }));
  });

  it.each(LOW_ORDER_POINTS)('cannot force the key with the low-order E %s', (point) => {
    const ephemeral = fromHex(point);
    expectFailure(() => attackHost(open, { ephemeral, dh: zeros }));
    expectFailure(() => attackHost(locked, { ephemeral, dh: zeros }));
  });

  it.each(TOP_BIT_POINTS)('cannot force the key with $point', ({ point }) => {
    expectFailure(() => attackHost(open, { ephemeral: fromHex(point), dh: zeros }));
  });

  it.each(LOW_ORDER_POINTS)('cannot pass the password with the low-order Y %s', (point) => {
    // What the host would compute if X25519 returned all zeros: known without the password.
    const share = fromHex(point);
    expectFailure(() => attackHost(locked, { share, isk: randomBytes(64) }));
  });

  it('cannot omit the share, nor send one in a room without a password', () => {
    expectFailure(() => attackHost(locked, { share: nothing, isk: nothing }));
    expectFailure(() => attackHost(open, { share: randomBytes(32), isk: nothing }));
  });

  it('cannot use an identity without its private key', () => {
    const other = newIdentity();
    const proof: Deviation['proof'] = (identity, signed) =>
      proofOf(other.publicKey, identity.sign(signed), utf8('Eve'));
    expectFailure(() => attackHost(open, { proof }));
    expectFailure(() => attackHost(locked, { proof }));
  });

  it('cannot use a signature made for the host’s role', () => {
    const proof: Deviation['proof'] = (identity, signed) => {
      const asHost = concat(
        utf8('roomkey/1 sig host'),
        signed.subarray('roomkey/1 sig guest'.length),
      );
      return proofOf(identity.publicKey, identity.sign(asHost), utf8('Eve'));
    };
    expectFailure(() => attackHost(open, { proof }));
  });

  it('cannot be the host itself', () => {
    expectFailure(() => attackHost(open, { identity: open.host.identity }));
    expectFailure(() => attackHost(locked, { identity: locked.host.identity }));
  });

  it.each<[string, (proof: Uint8Array) => Uint8Array]>([
    ['is cut off', (proof) => proof.subarray(0, -1)],
    ['has bytes left over', (proof) => concat(proof, zeros)],
    ['is empty', () => nothing],
    ['has no name', (proof) => concat(proof.subarray(0, 96), lv(nothing))],
    [
      'has a name of 33 bytes',
      (proof) => concat(proof.subarray(0, 96), lv(new Uint8Array(33).fill(65))),
    ],
    [
      'has a name that is not UTF-8',
      (proof) => concat(proof.subarray(0, 96), lv(Uint8Array.of(0xff))),
    ],
    ['has a length that lies', (proof) => concat(proof.subarray(0, 96), Uint8Array.of(255, 255))],
  ])('is refused if its proof %s', (_what, change) => {
    const proof: Deviation['proof'] = (identity, signed) =>
      change(proofOf(identity.publicKey, identity.sign(signed), utf8('Eve')));
    expectFailure(() => attackHost(open, { proof }));
  });

  it.each([
    { mode: 0 },
    { mode: 2 },
    { roomId: new Uint8Array(16) },
    { suites: [0] },
    { suites: [] },
    { suites: [1, 1] },
    { suites: [1, 2] },
    { suites: Array.from({ length: 17 }, (_, index) => 17 - index) },
    { minVersion: 1, maxVersion: 0 },
    { minVersion: 0 },
  ])('cannot offer %o', (offer) => {
    expectFailure(() => attackHost(locked, { offer }));
  });
});

describe('a modified host', () => {
  it('cannot pose as the host by knowing the password', () => {
    // Once with its own key, once with the host's key and its own signature.
    const eve = newIdentity();
    const borrowed: Deviation['proof'] = (_identity, signed) =>
      proofOf(locked.host.identity.publicKey, eve.sign(signed), utf8('Grace'));
    for (const peers of [open, locked]) {
      expectFailure(() => attackGuest(peers, { identity: eve }));
      expectFailure(() => attackGuest(peers, { proof: borrowed }));
    }
  });

  it.each(LOW_ORDER_POINTS)('cannot force the key with the low-order E or Y %s', (point) => {
    const ephemeral = fromHex(point);
    expectFailure(() => attackGuest(open, { ephemeral, dh: zeros }));
    expectFailure(() => attackGuest(locked, { ephemeral, dh: zeros }));
    expectFailure(() => attackGuest(locked, { share: ephemeral, isk: randomBytes(64) }));
  });

  it('cannot turn a password room into one without', () => {
    const share = { share: nothing, isk: nothing };
    expectFailure(() => attackGuest(locked, share));
    expectFailure(() => attackGuest(locked, { ...share, offer: { mode: 0 } }));
    expectFailure(() => attackGuest(open, { offer: { mode: 1 } }));
  });

  it.each([{ version: 0 }, { version: 2 }, { suite: 0 }, { suite: 2 }, { mode: 2 }])(
    'cannot choose %o',
    (offer) => {
      expectFailure(() => attackGuest(open, { offer }));
    },
  );

  it('learns neither the guest’s name nor its key without the password', () => {
    const { guest, host } = locked;
    const attacker = rogueHost({ ...host, passwordSecret: randomBytes(32) }, {});
    const victim = new GuestHandshake(guest);
    const f3 = victim.exchange(attacker.f2(victim.hello()));
    expect(Buffer.from(f3).includes(Buffer.from(guest.identity.publicKey))).toBe(false);
    expect(Buffer.from(f3).includes('Ada')).toBe(false);
    expectFailure(() => victim.finish(attacker.f4(f3)));
  });
});

describe('a man in the middle', () => {
  it('in a room without a password gets different words on the two sides', () => {
    // Eve announces a room of her own and joins the real one.
    const eve = createPeers(0);
    const toGuest = new HostHandshake(eve.host);
    const guest = new GuestHandshake({ ...open.guest, room: eve.host.room });
    const toHost = new GuestHandshake({ ...open.guest, identity: newIdentity() });
    const host = new HostHandshake(open.host);
    const left = toGuest.confirm(guest.exchange(toGuest.reply(guest.hello())));
    const right = host.confirm(toHost.exchange(host.reply(toHost.hello())));
    expect(guest.finish(left.message).words).not.toEqual(right.security.words);
  });

  it('cannot relay a guest’s proof to a different session', () => {
    // Two sessions with the same host; P_I and T_I of one are used in the other.
    const first = new GuestHandshake(open.guest);
    const firstHost = new HostHandshake(open.host);
    const f3 = first.exchange(firstHost.reply(first.hello()));
    const second = new GuestHandshake({ ...open.guest, identity: newIdentity() });
    const secondHost = new HostHandshake(open.host);
    const other = second.exchange(secondHost.reply(second.hello()));
    expectFailure(() => secondHost.confirm(concat(other.subarray(0, 35), f3.subarray(35))));
    expectFailure(() => firstHost.confirm(concat(f3.subarray(0, 67), other.subarray(67))));
  });
});

describe('a recorded handshake', () => {
  // Eve recorded every byte on the network, and learns the password afterwards.
  const { messages, guest } = shakeHands(locked);
  const key = guest.trafficSecret(1, 'guest');
  const { f1, f2, f3, f4 } = messages;
  const e3 = parseGuestFinish(f3);
  const e2 = parseHostHello(f2);
  const th3 = schedule.transcript3(f1, f2, e3.ephemeral, e3.share);
  function keyFrom(isk: Uint8Array, dh: Uint8Array): Uint8Array {
    const prk = schedule.handshakeSecret(th3, 1, isk, dh);
    const th5 = schedule.transcript5(schedule.transcript4(th3, f3), f4);
    const main = schedule.mainSecret(prk, th5);
    const peer = { identity: zeros, name: 'x' };
    const fields = { role: 'guest' as const, suite: 1, peer, words: [] };
    return createSecurityContext(main, fields).trafficSecret(1, 'guest');
  }

  it('does not give the traffic secrets, even with the password', () => {
    const nonces = concat(f1.subarray(f1.length - 66, f1.length - 34), e2.nonce);
    const generator = cpaceGenerator(locked.guest.passwordSecret!, nonces, nonces);
    const known = [zeros, nothing, generator, e2.ephemeral, e3.ephemeral, e2.share, e3.share];
    for (const isk of [...known, locked.guest.passwordSecret!]) {
      for (const dh of known) expect(keyFrom(isk, dh)).not.toEqual(key);
    }
  });

  it('cannot be decrypted without the private keys of both E and Y', () => {
    // The same people, password, nonces and transcript; one secret of one side changes.
    const fixed = () => ({
      nonce: randomBytes(32),
      secret: x25519Secret(),
      scalar: x25519Secret(),
    });
    const guestEphemeral = fixed();
    const hostEphemeral = fixed();
    const run = (change: Partial<ReturnType<typeof fixed>>) =>
      shakeHands({
        guest: { ...locked.guest, ephemeral: guestEphemeral },
        host: { ...locked.host, ephemeral: { ...hostEphemeral, ...change } },
      }).guest.trafficSecret(1, 'guest');
    const same = run({});
    expect(run({})).toEqual(same);
    expect(run({ secret: x25519Secret() })).not.toEqual(same);
    expect(run({ scalar: x25519Secret() })).not.toEqual(same);
    // For a fixed transcript, both shared secrets matter.
    const [isk, dh] = [randomBytes(64), randomBytes(32)];
    expect(keyFrom(isk, dh)).toEqual(keyFrom(isk, dh));
    expect(keyFrom(isk, randomBytes(32))).not.toEqual(keyFrom(isk, dh));
    expect(keyFrom(randomBytes(64), dh)).not.toEqual(keyFrom(isk, dh));
  });

  it('has fresh keys each time', () => {
    const again = shakeHands(locked);
    for (const name of ['f1', 'f2', 'f3', 'f4'] as const) {
      expect(again.messages[name]).not.toEqual(messages[name]);
    }
    expect(again.guest.sessionId).not.toEqual(guest.sessionId);
  });
});

describe('the secrets', () => {
  it('are overwritten when a handshake succeeds or fails', () => {
    const kept = new HandshakeSecrets(locked.guest);
    const isk = kept.keep(randomBytes(64));
    const held = [kept.nonce, kept.secret, kept.scalar, isk];
    kept.erase();
    for (const bytes of held) expect(bytes.every((byte) => byte === 0)).toBe(true);

    const erase = vi.spyOn(HandshakeSecrets.prototype, 'erase');
    shakeHands(locked);
    expect(new Set(erase.mock.contexts).size).toBe(2);
    expectFailure(() => new GuestHandshake(locked.guest).exchange(nothing));
    expectFailure(() => new HostHandshake(locked.host).reply(nothing));
    expect(new Set(erase.mock.contexts).size).toBe(4);
  });

  it('of the caller stay unchanged', () => {
    const passwordSecret = randomBytes(32);
    const before = passwordSecret.toString('hex');
    const peers = createPeers(1);
    shakeHands({
      guest: { ...peers.guest, passwordSecret },
      host: { ...peers.host, passwordSecret },
    });
    expect(passwordSecret.toString('hex')).toBe(before);
  });

  it('of a session are overwritten by erase', () => {
    const { guest } = shakeHands(open);
    const { bindKey } = guest;
    guest.erase();
    guest.erase();
    expect(bindKey.every((byte) => byte === 0)).toBe(true);
    expect(() => guest.trafficSecret(1, 'host')).toThrow(
      expect.objectContaining({ code: 'RK_CLOSED' }) as Error,
    );
  });
});
