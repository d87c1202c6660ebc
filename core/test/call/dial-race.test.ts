import { describe, expect, it } from 'vitest';
import { DialRace } from '../../src/call/dial-race.js';
import type { Connection, TransportAddress } from '../../src/contracts/transport.js';
import { deferred, settleOrAbort, type Deferred } from '../../src/util/deferred.js';
import { ManualClock } from '../rooms/setup.js';

const WITHIN = { dialedWithinMs: 1_500 };

/** What is done at one address. */
interface Attempt {
  readonly dial: Deferred<void>;
  readonly greeting: Deferred<void>;
  signal?: AbortSignal;
  isCut: boolean;
  isDiscarded: boolean;
}

/** A race over so many addresses, of which the test says what becomes. */
function setup(count: number, options: { readonly isDeaf?: boolean } = {}) {
  const clock = new ManualClock();
  const stop = new AbortController();
  const addresses = Array.from({ length: count }, (_, n) => addressOf(n));
  /** By the last part of the address. */
  const attempts = new Map<number, Attempt>();
  /** Every dial, in order. */
  const dialed: number[] = [];
  const failed: number[] = [];
  const numberOf = ({ host }: TransportAddress): number => Number(host.split('.').at(-1));
  const race = new DialRace({
    addresses,
    clock,
    signal: stop.signal,
    transport: {
      dial: async (address, { signal } = {}) => {
        const attempt: Attempt = {
          dial: deferred(),
          greeting: deferred(),
          isCut: false,
          isDiscarded: false,
          ...(signal && { signal }),
        };
        attempts.set(numberOf(address), attempt);
        dialed.push(numberOf(address));
        if (signal === undefined || options.isDeaf === true) await attempt.dial.promise;
        else await settleOrAbort(attempt.dial.promise, signal);
        return { remote: address, abort: () => (attempt.isCut = true) } as unknown as Connection;
      },
    },
    startHandshake: async (connection, address, signal) => {
      const attempt = attempts.get(numberOf(address))!;
      try {
        await settleOrAbort(attempt.greeting.promise, signal);
      } catch (error) {
        connection.abort();
        throw error;
      }
      return { number: numberOf(address), discard: () => (attempt.isDiscarded = true) };
    },
    onAttemptFailed: (address) => failed.push(numberOf(address)),
  });
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settled();
  };
  const connect = (n: number): Promise<void> => (attempts.get(n)!.dial.resolve(), settled());
  const answer = (n: number): Promise<void> => (attempts.get(n)!.greeting.resolve(), settled());
  const fail = (n: number): Promise<void> => (
    attempts.get(n)!.dial.reject(new Error('no answer')),
    settled()
  );
  const isOpen = (n: number): boolean => attempts.get(n)!.signal?.aborted === false;
  return { clock, stop, race, attempts, dialed, failed, pass, connect, answer, fail, isOpen };
}

function addressOf(n: number): TransportAddress {
  return { host: `192.0.2.${n}`, port: 7 };
}

describe('a race to the addresses of a host', () => {
  it('dials one after another, and does not wait for those before', async () => {
    const { race, dialed, pass, connect, answer } = setup(3);
    const won = race.next(WITHIN);
    expect(dialed).toEqual([0]);
    await pass(249);
    expect(dialed).toEqual([0]);
    await pass(1);
    expect(dialed).toEqual([0, 1]);
    await pass(250);
    expect(dialed).toEqual([0, 1, 2]);
    await connect(1);
    await answer(1);
    expect(await won).toMatchObject({ number: 1 });
  });

  it('dials the next at once where one fails', async () => {
    const { race, dialed, failed, fail } = setup(3);
    const won = race.next(WITHIN);
    await fail(0);
    await fail(1);
    expect(dialed).toEqual([0, 1, 2]);
    await fail(2);
    expect(await won).toBeUndefined();
    expect(failed).toEqual([0, 1, 2]);
  });

  it('has all of sixteen under way within the time that it is given', async () => {
    const { race, dialed, pass } = setup(16);
    void race.next(WITHIN).catch(() => undefined);
    await pass(1_500);
    expect(dialed).toHaveLength(16);
  });

  it('has no more than sixteen under way at once', async () => {
    const { race, dialed, pass, fail } = setup(20);
    void race.next(WITHIN).catch(() => undefined);
    await pass(60_000);
    expect(dialed).toHaveLength(16);
    await fail(3);
    expect(dialed).toHaveLength(17);
  });

  it('aborts all other dials when one connects, and starts none during its handshake', async () => {
    const { race, dialed, pass, connect, answer, isOpen } = setup(4);
    const won = race.next(WITHIN);
    await pass(500);
    await connect(1);
    expect([0, 1, 2].map(isOpen)).toEqual([false, true, false]);
    await pass(499);
    expect(dialed).toEqual([0, 1, 2]);
    await answer(1);
    expect(await won).toMatchObject({ number: 1 });
    await pass(60_000);
    expect(dialed).toEqual([0, 1, 2]);
  });

  it('cuts a connection that a transport hands over although its dial was aborted', async () => {
    const { race, attempts, pass, connect, answer } = setup(2, { isDeaf: true });
    const won = race.next(WITHIN);
    await pass(250);
    await connect(1);
    await answer(1);
    await won;
    await connect(0);
    expect(attempts.get(0)?.isCut).toBe(true);
  });

  it('waits half a second for a silent address, then dials the others, and uses the first that answers', async () => {
    const { race, dialed, attempts, pass, connect, answer, isOpen } = setup(2);
    const won = race.next(WITHIN);
    await connect(0);
    await pass(500);
    expect(dialed).toEqual([0, 1]);
    expect(isOpen(0)).toBe(true);
    await connect(1);
    expect(isOpen(0)).toBe(true);
    await answer(1);
    expect(await won).toMatchObject({ number: 1 });
    expect(attempts.get(0)?.isCut).toBe(true);
  });

  it('is held up by the stagger only, where more than one says nothing', async () => {
    const { race, dialed, pass, connect } = setup(4);
    void race.next(WITHIN).catch(() => undefined);
    await connect(0);
    await pass(500);
    await connect(1);
    await pass(249);
    expect(dialed).toEqual([0, 1]);
    await pass(1);
    expect(dialed).toEqual([0, 1, 2]);
    await connect(2);
    await pass(250);
    expect(dialed).toEqual([0, 1, 2, 3]);
  });

  it('still takes the one that was silent, where it answers first', async () => {
    const { race, pass, connect, answer, isOpen } = setup(2);
    const won = race.next(WITHIN);
    await connect(0);
    await pass(500);
    await answer(0);
    expect(await won).toMatchObject({ number: 0 });
    expect(isOpen(1)).toBe(false);
  });

  it('has one winner where two answer at the same moment', async () => {
    const { race, attempts, pass, connect, answer } = setup(2);
    const won = race.next(WITHIN);
    await connect(0);
    await pass(500);
    await connect(1);
    attempts.get(0)!.greeting.resolve();
    await answer(1);
    expect(await won).toMatchObject({ number: 0 });
    expect(attempts.get(1)?.isCut === true || attempts.get(1)?.isDiscarded === true).toBe(true);
  });

  it('goes on with the rest where the winner is of no use, those that were aborted last', async () => {
    const { race, dialed, pass, connect, answer } = setup(4);
    const first = race.next(WITHIN);
    await pass(250);
    await connect(1);
    await answer(1);
    await first;
    const second = race.next(WITHIN);
    await pass(500);
    expect(dialed).toEqual([0, 1, 2, 3, 0]);
    await connect(0);
    await answer(0);
    expect(await second).toMatchObject({ number: 0 });
    const third = race.next(WITHIN);
    await pass(250);
    expect(dialed.slice(5).sort()).toEqual([2, 3]);
    void third.catch(() => undefined);
  });

  it('is over after the time that it is given, and aborts what is under way', async () => {
    const { clock, race, pass, connect, isOpen } = setup(2);
    const won = race.next({ ...WITHIN, overAfterMs: 1_000 });
    await connect(0);
    await pass(1_000);
    expect(await won).toBeUndefined();
    expect([0, 1].map(isOpen)).toEqual([false, false]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('has no end of an earlier part in the next one', async () => {
    const { race, dialed, pass, connect, answer } = setup(3);
    const first = race.next({ ...WITHIN, overAfterMs: 1_000 });
    await connect(0);
    await answer(0);
    await first;
    const second = race.next(WITHIN);
    await pass(2_000);
    await connect(2);
    await answer(2);
    expect(dialed).toEqual([0, 1, 2]);
    expect(await second).toMatchObject({ number: 2 });
  });

  it('ends by its signal, and leaves nothing behind', async () => {
    const { clock, race, stop, dialed, failed, pass, connect, isOpen } = setup(3);
    const won = race.next(WITHIN);
    await connect(0);
    await pass(500);
    const reason = new Error('the call is over');
    stop.abort(reason);
    await expect(won).rejects.toBe(reason);
    expect([0, 1].map(isOpen)).toEqual([false, false]);
    expect(clock.pendingTimers).toBe(0);
    await pass(60_000);
    expect(dialed).toEqual([0, 1]);
    expect(failed).toEqual([]);
    await expect(race.next(WITHIN)).rejects.toBe(reason);
  });

  it('dials an address that becomes known meanwhile, and none that is gone or failed', async () => {
    const { race, dialed, pass, fail } = setup(3);
    void race.next(WITHIN).catch(() => undefined);
    await fail(0);
    expect(dialed).toEqual([0, 1]);
    race.setAddresses([addressOf(0), addressOf(1), addressOf(8)]);
    await pass(10_000);
    expect(dialed).toEqual([0, 1, 8]);
    race.setAddresses([addressOf(9)]);
    expect(dialed).toEqual([0, 1, 8, 9]);
  });

  it('says whether anything is left', async () => {
    const { race, fail } = setup(1);
    expect(race.isEmpty).toBe(false);
    const won = race.next(WITHIN);
    await fail(0);
    expect(await won).toBeUndefined();
    expect(race.isEmpty).toBe(true);
  });
});
