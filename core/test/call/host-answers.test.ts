import { describe, expect, it } from 'vitest';
import { HostAnswers } from '../../src/call/host-answers.js';
import { RoomkeyError, type ErrorCode } from '../../src/errors/index.js';
import { ManualClock } from '../rooms/setup.js';

const [A, B, C] = [1, 2, 3].map((n) => ({ host: `192.0.2.${n}`, port: 7 }));
if (A === undefined || B === undefined || C === undefined) throw new Error('three addresses');

const error = (code: ErrorCode): RoomkeyError => new RoomkeyError(code, 'Made by the test.');
const no = error('RK_HANDSHAKE_FAILED');
const busy = error('RK_HANDSHAKE_BUSY');

/** A search at whose addresses is what the test says. */
function search(...addresses: { readonly host: string; readonly port: number }[]) {
  const clock = new ManualClock();
  const answers = new HostAnswers(clock);
  const round = (): readonly unknown[] => {
    answers.beginRound();
    return answers.untried(addresses);
  };
  return { clock, answers, round };
}

describe('what the addresses of a host answer', () => {
  it('is the host’s at once where there is one address', () => {
    const { answers, round } = search(A);
    round();
    answers.add(A, no);
    expect(answers.endRound()).toBe(no);
  });

  it('is taken for the host’s a second and a half after they were begun to be asked', () => {
    const { clock, answers, round } = search(A, B);
    clock.advance(60_000);
    round();
    clock.advance(400);
    answers.add(A, no);
    expect(answers.raceTiming).toEqual({ dialedWithinMs: 850, overAfterMs: 1_100 });
    clock.advance(1_099);
    expect(answers.endRound()).toBeUndefined();
    expect(answers.isRefused).toBe(true);
    expect(answers.waitMs).toBe(1);
    clock.advance(1);
    expect(answers.endRound()).toBe(no);
  });

  it('is that of the most likely address that answered', () => {
    const { clock, answers, round } = search(A, B, C);
    round();
    const version = error('RK_HANDSHAKE_VERSION');
    answers.add(C, no);
    answers.add(B, version);
    answers.add(A, error('RK_TRANSPORT_UNREACHABLE'));
    clock.advance(1_500);
    expect(answers.endRound()).toBe(version);
  });

  it('is missing if no address answers, and then a round has no time limit', () => {
    const { clock, answers, round } = search(A, B);
    round();
    answers.add(A, error('RK_HANDSHAKE_TIMEOUT'));
    answers.add(B, error('RK_TRANSPORT_BROKEN'));
    clock.advance(10_000);
    expect(answers.endRound()).toBeUndefined();
    expect(answers.isRefused).toBe(false);
    expect(answers.raceTiming).toEqual({ dialedWithinMs: 1_250 });
  });

  it('is not asked for again where it was no, and nowhere after four', () => {
    const addresses = [1, 2, 3, 4, 5].map((n) => ({ host: `192.0.2.${n}`, port: 7 }));
    const { answers, round } = search(...addresses);
    round();
    for (const [n, address] of addresses.slice(0, 3).entries()) {
      answers.add(address, no, true);
      expect(round()).toEqual(addresses.slice(n + 1));
    }
    expect(answers.isComplete).toBe(false);
    answers.add(addresses[3]!, no, true);
    expect(answers.isComplete).toBe(true);
    expect(round()).toEqual([]);
    expect(answers.endRound()).toBe(no);
    // It is no search any more, also where all of them are gone.
    answers.untried([]);
    expect(answers.endRound()).toBe(no);
  });

  it('keeps no address from being tried if the refusal came before the password was used', () => {
    const addresses = [1, 2, 3, 4, 5].map((n) => ({ host: `192.0.2.${n}`, port: 7 }));
    const { answers, round } = search(...addresses);
    round();
    for (const address of addresses.slice(0, 4)) answers.add(address, no);
    expect(answers.isComplete).toBe(false);
    expect(round()).toEqual([addresses[4]]);
    expect(answers.endRound()).toBeUndefined();
  });

  it('is busy only where it is so three times', () => {
    const { answers, round } = search(A);
    for (const expected of [undefined, undefined, busy]) {
      round();
      answers.add(A, busy);
      expect(answers.endRound()).toBe(expected);
    }
  });

  it('waits in each round for others while the likeliest is busy', () => {
    const { clock, answers, round } = search(A, B);
    round();
    answers.add(A, busy);
    clock.advance(2_000);
    answers.endRound();
    round();
    expect(answers.raceTiming.overAfterMs).toBeUndefined();
    answers.add(A, busy);
    expect(answers.raceTiming.overAfterMs).toBe(1_500);
  });

  it('counts no more at an address that is gone', () => {
    const { clock, answers, round } = search(A, B);
    round();
    answers.add(A, no);
    clock.advance(10_000);
    answers.untried([B, C]);
    expect(answers.endRound()).toBeUndefined();
    // And those that come later are waited for as long.
    answers.beginRound();
    answers.untried([B, C]);
    answers.add(C, no);
    expect(answers.endRound()).toBeUndefined();
    expect(answers.raceTiming.overAfterMs).toBe(1_500);
    clock.advance(1_500);
    expect(answers.endRound()).toBe(no);
  });
});
