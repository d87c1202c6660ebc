import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hasCode } from '../../src/errors/index.js';
import { GuestHandshake } from '../../src/secure/guest-handshake.js';
import { encodeAlert } from '../../src/secure/handshake-messages.js';
import { HostHandshake } from '../../src/secure/host-handshake.js';
import type { RoomMode } from '../../src/secure/room-parameters.js';
import { testCipher } from './aes-gcm.js';
import { createPeers, expectFailure, shakeHands } from './peers.js';
import type { Wire } from './peers.js';

const rooms: { room: string; mode: RoomMode }[] = [
  { room: 'a room without a password', mode: 0 },
  { room: 'a password room', mode: 1 },
];
const names = ['f1', 'f2', 'f3', 'f4'] as const;
// One handshake per byte: takes seconds, more on a busy machine.
const PATIENCE = { timeout: 120_000 };

/** Changes one message on the wire. */
function changing(name: keyof Wire, change: (message: Uint8Array) => Uint8Array): Wire {
  return { [name]: change };
}

function flip(message: Uint8Array, index: number, mask: number): Uint8Array {
  message[index]! ^= mask;
  return message;
}

describe.each(rooms)('a tampered handshake in $room', ({ mode }) => {
  const peers = createPeers(mode);
  const { messages } = shakeHands(peers);

  it.each(names)('fails if any byte of %s is changed', PATIENCE, (name) => {
    for (let index = 0; index < messages[name].length; index += 1) {
      const wire = changing(name, (message) => flip(message, index, 1 << (index % 8)));
      expect(() => shakeHands(peers, wire), `byte ${index}`).toThrow(
        expect.objectContaining({
          code: expect.stringMatching(/^RK_HANDSHAKE_(FAILED|VERSION)$/) as string,
        }),
      );
    }
  });

  it('fails if a bit that X25519 ignores is changed', () => {
    const tops: [keyof Wire, number][] = [
      ['f2', 68],
      ['f3', 32],
    ];
    if (mode === 1) tops.push(['f2', 102], ['f3', 66]);
    for (const [name, last] of tops) {
      expectFailure(() =>
        shakeHands(
          peers,
          changing(name, (m) => flip(m, last, 0x80)),
        ),
      );
    }
  });

  it.each(names)('fails if %s is shortened, extended or replaced', PATIENCE, (name) => {
    const { length } = messages[name];
    for (let kept = 0; kept < length; kept += 1 + (kept >> 3)) {
      expectFailure(() =>
        shakeHands(
          peers,
          changing(name, (m) => m.subarray(0, kept)),
        ),
      );
    }
    for (const more of [1, 2, 1_024 - length, 1_025 - length, 4_096]) {
      const longer = changing(name, (m) => new Uint8Array([...m, ...new Uint8Array(more)]));
      expectFailure(() => shakeHands(peers, longer));
    }
    for (const other of names.filter((each) => each !== name)) {
      expectFailure(() =>
        shakeHands(
          peers,
          changing(name, () => messages[other].slice()),
        ),
      );
    }
    // the same message of an earlier handshake: replayed
    expectFailure(() =>
      shakeHands(
        peers,
        changing(name, () => messages[name].slice()),
      ),
    );
  });

  it('every length field that lies is refused', () => {
    const lvAt = { f2: 69, f3: 33, f4: 33 } as const;
    for (const [name, offset] of Object.entries(lvAt) as [keyof typeof lvAt, number][]) {
      for (const length of [0, 1, 31, 33, 64, 255, 513, 1_024, 65_535]) {
        const wire = changing(name, (message) => {
          const view = new DataView(message.buffer);
          if (view.getUint16(offset) === length) view.setUint16(offset, length + 1);
          else view.setUint16(offset, length);
          return message;
        });
        expectFailure(() => shakeHands(peers, wire));
      }
    }
    for (const suites of [0, 2, 16, 17, 255]) {
      const wire = changing('f1', (m) =>
        Uint8Array.of(...m.subarray(0, 7), suites, ...m.subarray(8)),
      );
      expectFailure(() => shakeHands(peers, wire));
    }
  });

  it('fails at once for a message that is not a handshake', () => {
    const f1 = new GuestHandshake(peers.guest).hello();
    for (const index of [0, 1, 2, 3, 4]) {
      const host = new HostHandshake(peers.host);
      expectFailure(() => host.reply(flip(new Uint8Array(f1), index, 1)));
    }
  });

  it('fails for random messages', () => {
    for (const name of names) {
      for (const length of [0, 1, 16, messages[name].length, 1_024, 70_000]) {
        expectFailure(() =>
          shakeHands(
            peers,
            changing(name, () => randomBytes(length)),
          ),
        );
      }
    }
  });
});

describe('a downgrade', () => {
  const peers = createPeers(1);
  const ciphers = [testCipher(1), testCipher(7)];
  const both = {
    guest: { ...peers.guest, ciphers },
    host: { ...peers.host, ciphers },
  };

  it('is not needed: the highest common suite holds', () => {
    const { guest, host } = shakeHands(both);
    expect([guest.suite, host.suite]).toEqual([7, 7]);
    const older = { ...both, host: { ...both.host, ciphers: [testCipher(1)] } };
    expect(shakeHands(older).guest.suite).toBe(1);
  });

  // F1: type, magic, vmin 5, vmax 6, count 7, suites 8…11, mode 12
  it.each<[string, Wire]>([
    ['of the version offered', changing('f1', (m) => flip(m, 6, 0x03))],
    [
      'of the offered suites',
      changing('f1', (m) => Uint8Array.of(...m.subarray(0, 7), 1, 0, 1, ...m.subarray(12))),
    ],
    ['of the room’s mode', changing('f1', (m) => flip(m, 12, 0x01))],
    ['of the listen port', changing('f1', (m) => flip(m, m.length - 1, 0x01))],
    ['of the version chosen', changing('f2', (m) => flip(m, 1, 0x03))],
    ['of the suite chosen', changing('f2', (m) => flip(m, 3, 0x06))],
    ['of the mode answered', changing('f2', (m) => flip(m, 4, 0x01))],
  ])('%s is refused', (_what, wire) => {
    expectFailure(() => shakeHands(both, wire));
  });

  it.each([0, 1, 3, 0xffff])('to the suite %i, which was not offered, is refused', (suite) => {
    const wire = changing('f2', (message) => {
      new DataView(message.buffer).setUint16(2, suite);
      return message;
    });
    expectFailure(() => new GuestHandshake(peers.guest).exchange(new Uint8Array(0)));
    expectFailure(() =>
      shakeHands({ ...both, guest: { ...both.guest, ciphers: [testCipher(7)] } }, wire),
    );
  });

  it('without a common version or suite fails as a version mismatch, not as a verification', () => {
    const code = expect.objectContaining({ code: 'RK_HANDSHAKE_VERSION' }) as Error;
    const apart = { ...peers, host: { ...peers.host, ciphers: [testCipher(2)] } };
    expect(() => shakeHands(apart)).toThrow(code);
    const later = changing('f1', (m) => Uint8Array.of(1, ...m.subarray(1, 5), 2, 9, 0xff));
    expect(() => shakeHands(peers, later)).toThrow(code);
  });
});

describe('a handshake', () => {
  it('fails with a wrong password, which the host refuses and counts', () => {
    const peers = createPeers(1);
    const guest = new GuestHandshake({ ...peers.guest, passwordSecret: randomBytes(32) });
    const host = new HostHandshake(peers.host);
    const f3 = guest.exchange(host.reply(guest.hello()));
    expectFailure(() => host.confirm(f3));
    expect(host.refusedPassword).toBe(true);
  });

  it('counts only a wrong password as one', () => {
    for (const mode of [0, 1] as const) {
      const peers = createPeers(mode);
      const guest = new GuestHandshake(peers.guest);
      const host = new HostHandshake(peers.host);
      const f3 = guest.exchange(host.reply(guest.hello()));
      // mode 0: T_I; mode 1: the last byte of P_I
      expectFailure(() => host.confirm(flip(f3, mode === 0 ? 40 : f3.length - 1, 1)));
      expect(host.refusedPassword).toBe(false);
    }
  });

  it('fails with a password for a room without one, and without a password for a password room', () => {
    const open = createPeers(0);
    const locked = createPeers(1);
    const passwordSecret = randomBytes(32);
    expect(() => new GuestHandshake({ ...open.guest, passwordSecret })).toThrow(
      expect.objectContaining({ code: 'RK_ROOM_PASSWORD_UNEXPECTED' }) as Error,
    );
    expect(() => new GuestHandshake({ ...open.guest, room: locked.guest.room })).toThrow(
      expect.objectContaining({ code: 'RK_ROOM_PASSWORD_REQUIRED' }) as Error,
    );
  });

  it.each([0, 1, 599_999, 5_000_001, 2 ** 32 - 1])('fails with %i iterations', (iterations) => {
    const { guest } = createPeers(1);
    expect(() => new GuestHandshake({ ...guest, room: { ...guest.room, iterations } })).toThrow(
      expect.objectContaining({ code: 'RK_HANDSHAKE_VERSION' }) as Error,
    );
  });

  it('fails for a guest of a different room, even with the same password', () => {
    const peers = createPeers(1);
    const salt = randomBytes(16);
    expectFailure(() =>
      shakeHands({ ...peers, guest: { ...peers.guest, room: { ...peers.guest.room, salt } } }),
    );
  });

  it('fails for the host as its own guest', () => {
    const { guest, host } = createPeers(0);
    const oneself = { ...guest, identity: host.identity };
    expectFailure(() => new GuestHandshake(oneself).hello());
  });
});

describe('the steps of a handshake', () => {
  it('run once and in order, and a failure ends the handshake', () => {
    const peers = createPeers(1);
    expectFailure(() => new GuestHandshake(peers.guest).exchange(new Uint8Array(0)));
    expectFailure(() => new GuestHandshake(peers.guest).finish(new Uint8Array(0)));
    expectFailure(() => new HostHandshake(peers.host).confirm(new Uint8Array(0)));

    const guest = new GuestHandshake(peers.guest);
    const host = new HostHandshake(peers.host);
    const f2 = host.reply(guest.hello());
    const f3 = guest.exchange(f2);
    const { message } = host.confirm(f3);
    expectFailure(() => host.confirm(f3));
    guest.finish(message);
    expectFailure(() => guest.finish(message));

    const again = new GuestHandshake(peers.guest);
    const f2Again = new HostHandshake(peers.host).reply(again.hello());
    expectFailure(() => again.exchange(new Uint8Array(3)));
    expectFailure(() => again.exchange(f2Again));
  });

  it('cannot run after erase', () => {
    const peers = createPeers(1);
    const guest = new GuestHandshake(peers.guest);
    guest.erase();
    guest.erase();
    expectFailure(() => guest.hello());
  });

  it.each([
    ['version', 'RK_HANDSHAKE_VERSION'],
    ['busy', 'RK_HANDSHAKE_BUSY'],
    ['failed', 'RK_HANDSHAKE_FAILED'],
  ] as const)('end with the alert %s', (alert, code) => {
    const peers = createPeers(1);
    for (const name of ['f2', 'f4'] as const) {
      const run = () =>
        shakeHands(
          peers,
          changing(name, () => encodeAlert(alert)),
        );
      expect(run).toThrow(expect.objectContaining({ code }) as Error);
    }
  });

  it.each(['busy', 'failed'] as const)(
    'name the password after the alert %s only if the room has one',
    (alert) => {
      const wire = changing('f4', () => encodeAlert(alert));
      expect(() => shakeHands(createPeers(0), wire)).toThrow(/^(?!.*password)/);
      expect(() => shakeHands(createPeers(1), wire)).toThrow(/password/);
    },
  );

  it('treat a malformed alert as a failure', () => {
    const peers = createPeers(0);
    for (const alert of [[15], [15, 0], [15, 4], [15, 1, 0]]) {
      expectFailure(() =>
        shakeHands(
          peers,
          changing('f2', () => Uint8Array.from(alert)),
        ),
      );
    }
  });

  it.each([
    [0, 'Check that it is the right room'],
    [1, 'Check the password and that it is the right room'],
  ] as const)('throw the same error for every reason in mode %i: %s', (mode, check) => {
    const peers = createPeers(mode);
    const failures = [
      changing('f2', (m) => flip(m, m.length - 1, 1)), // E_R or Y_R
      changing('f3', (m) => flip(m, 1, 1)), // commitment
      changing('f3', (m) => flip(m, 70, 1)), // T_I, or P_I
      changing('f3', (m) => flip(m, m.length - 1, 1)), // P_I
      changing('f3', (m) => m.fill(0, 35, 67)), // Y_I of low order, or T_I
      changing('f4', (m) => flip(m, 1, 1)), // T_R
      changing('f4', () => encodeAlert('failed')),
    ].map((wire) => {
      try {
        shakeHands(peers, wire);
      } catch (error) {
        return hasCode(error, 'RK_HANDSHAKE_FAILED') ? error.message : error;
      }
      return 'no failure';
    });
    expect(new Set(failures).size).toBe(1);
    expect(failures[0]).toMatch(`The other side could not be verified. ${check}, then try again.`);
  });
});
