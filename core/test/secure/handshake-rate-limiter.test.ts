import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { describe, expect, it, vi } from 'vitest';
import { HandshakeRateLimiter } from '../../src/secure/handshake-rate-limiter.js';
import type { HandshakePause, HandshakeTicket } from '../../src/secure/handshake-rate-limiter.js';
import { GuestHandshake } from '../../src/secure/guest-handshake.js';
import { HostHandshake } from '../../src/secure/host-handshake.js';
import { derivePasswordSecret } from '../../src/secure/room-parameters.js';
import { createPeers, expectFailure } from './peers.js';

function createLimiter() {
  const clock = { now: 0 };
  const pauses: HandshakePause[] = [];
  const rateLimiter = new HandshakeRateLimiter({
    now: () => clock.now,
    onPause: (pause) => pauses.push(pause),
  });
  /** The ticket; undefined if the caller is refused. */
  function admit(address: string): HandshakeTicket | undefined {
    try {
      return rateLimiter.admit(address);
    } catch (error) {
      expect(error).toMatchObject({ code: 'RK_HANDSHAKE_BUSY' });
      return undefined;
    }
  }
  function guessWrong(): void {
    const ticket = admit('10.0.0.9');
    expect(ticket).toBeDefined();
    ticket?.fail();
    ticket?.release();
    clock.now += 250;
  }
  return { clock, pauses, admit, guessWrong };
}

describe('the handshake rate limiter', () => {
  it('allows 32 handshakes in progress, and 4 per address', () => {
    const { admit } = createLimiter();
    const tickets = Array.from({ length: 8 }, (_, host) =>
      Array.from({ length: 5 }, () => admit(`10.0.0.${host}`)),
    );
    for (const [first, second, third, fourth, fifth] of tickets) {
      expect([first, second, third, fourth]).not.toContain(undefined);
      expect(fifth).toBeUndefined();
    }
    expect(admit('10.0.1.1')).toBeUndefined();
    tickets[0]?.[0]?.release();
    tickets[0]?.[0]?.release();
    expect(admit('10.0.1.1')).toBeDefined();
    expect(admit('10.0.1.2')).toBeUndefined();
  });

  it('allows 5 new handshakes per second and address', () => {
    const { admit, clock } = createLimiter();
    for (let count = 0; count < 5; count += 1) admit('10.0.0.1')?.release();
    expect(admit('10.0.0.1')).toBeUndefined();
    expect(admit('10.0.0.2')).toBeDefined();
    clock.now += 1_000;
    expect(admit('10.0.0.1')).toBeDefined();
  });

  it('pauses longer with each wrong password, and tells the host', () => {
    const { admit, guessWrong, clock, pauses } = createLimiter();
    for (let count = 0; count < 4; count += 1) guessWrong();
    expect(pauses).toEqual([]);
    guessWrong();
    expect(pauses).toEqual([{ failures: 5, pauseMs: 1_000 }]);
    expect(admit('10.0.0.1')).toBeUndefined();
    for (let count = 0; count < 9; count += 1) {
      clock.now += pauses.at(-1)!.pauseMs;
      guessWrong();
    }
    expect(pauses.map(({ pauseMs }) => pauseMs / 1_000)).toEqual([
      1, 2, 4, 8, 16, 32, 60, 60, 60, 60,
    ]);
    clock.now += 59_000;
    expect(admit('10.0.0.1')).toBeUndefined();
    clock.now += 1_000;
    expect(admit('10.0.0.1')).toBeDefined();
  });

  it('allows one guess at a time while passwords are being tried', () => {
    const { admit, guessWrong, clock } = createLimiter();
    for (let count = 0; count < 5; count += 1) guessWrong();
    clock.now += 1_000;
    const ticket = admit('10.0.0.1');
    expect(ticket).toBeDefined();
    expect(admit('10.0.0.2')).toBeUndefined();
    ticket?.release();
    expect(admit('10.0.0.2')).toBeDefined();
  });

  it('refuses password guesses of handshakes in progress during a pause, and allows them after it', () => {
    const { admit, guessWrong, clock } = createLimiter();
    const waiting = admit('10.0.0.1');
    for (let count = 0; count < 5; count += 1) guessWrong();
    expect(() => waiting?.requireNoPause()).toThrow(
      expect.objectContaining({ code: 'RK_HANDSHAKE_BUSY' }),
    );
    clock.now += 1_000;
    waiting?.requireNoPause();
  });

  it('allows at most 800 new handshakes in the 8 s for which a guest in a room without a password waits', () => {
    const { admit, clock } = createLimiter();
    let begun = 0;
    for (; clock.now < 8_000; clock.now += 500) {
      for (let host = 0; host < 100; host += 1) {
        const ticket = admit(`10.0.0.${host}`);
        if (ticket !== undefined) begun += 1;
        ticket?.release();
      }
    }
    // Each gives a man in the middle one try at the words: 800 in 2⁴⁴ (docs/security.md).
    expect(begun).toBe(800);
  });

  it('forgets wrong passwords after a quiet minute', () => {
    const { guessWrong, clock, pauses } = createLimiter();
    for (let count = 0; count < 4; count += 1) guessWrong();
    clock.now += 60_000;
    for (let count = 0; count < 4; count += 1) guessWrong();
    expect(pauses).toEqual([]);
  });

  it('counts the quiet minute from the last wrong password, or from the end of its pause', () => {
    const { guessWrong, clock, pauses } = createLimiter();
    for (let count = 0; count < 4; count += 1) guessWrong();
    // a guess takes 250 ms
    clock.now += 59_999 - 250;
    guessWrong();
    expect(pauses).toEqual([{ failures: 5, pauseMs: 1_000 }]);
    clock.now += 1_000 + 59_999 - 250;
    guessWrong();
    expect(pauses.at(-1)).toEqual({ failures: 6, pauseMs: 2_000 });
    clock.now += 2_000 + 60_000 - 250;
    guessWrong();
    expect(pauses).toHaveLength(2);
  });
});

describe('a flood of GuestHello', () => {
  it('causes no PBKDF2, and no more handshakes than the limit', async () => {
    const stretch = vi.spyOn(crypto, 'pbkdf2');
    const stretchSync = vi.spyOn(crypto, 'pbkdf2Sync');
    syncBuiltinESMExports();
    try {
      const { admit, clock } = createLimiter();
      const peers = createPeers(1);
      let answered = 0;
      for (let count = 0; count < 2_000; count += 1) {
        if (count % 500 === 0) clock.now += 1_000;
        if (admit(`10.0.${count % 7}.${count % 250}`) === undefined) continue;
        const host = new HostHandshake(peers.host);
        const f2 = host.reply(new GuestHandshake(peers.guest).hello());
        expectFailure(() => host.confirm(f2));
        answered += 1;
      }
      expect(answered).toBe(32);

      const hostile = { ...peers.host.room };
      for (const iterations of [1, 2 ** 32 - 1]) {
        await expect(derivePasswordSecret('x', { ...hostile, iterations })).rejects.toMatchObject({
          code: 'RK_HANDSHAKE_VERSION',
        });
      }
      expect(stretch).not.toHaveBeenCalled();
      expect(stretchSync).not.toHaveBeenCalled();

      // the spy does see the call made by a person's own step
      await derivePasswordSecret('x', hostile);
      expect(stretch).toHaveBeenCalledOnce();
    } finally {
      vi.restoreAllMocks();
      syncBuiltinESMExports();
    }
  });
});
