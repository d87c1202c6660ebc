import { describe, expect, it } from 'vitest';
import { DECLINED_MS, Lobby, type Knock } from '../../src/call/lobby.js';
import type { PeerSession } from '../../src/call/peer-session.js';
import { CloseCode } from '../../src/secure/records.js';
import { ManualClock } from '../rooms/setup.js';

const identityOf = (number: number): Uint8Array => new Uint8Array(32).fill(number);
const guestOf = (number: number, name = `guest ${number}`) => ({
  name,
  identity: identityOf(number),
});

/** A session of which a lobby sees the peer, the address and the close. */
function fakeSession(guest: ReturnType<typeof guestOf>, address: string) {
  const closes: number[] = [];
  const session = {
    security: { peer: guest },
    remoteHost: address,
    close: (code: number) => {
      closes.push(code);
      return Promise.resolve();
    },
  } as unknown as PeerSession;
  return { session, closes };
}

function setup(policy: ConstructorParameters<typeof Lobby>[0] = 'ask') {
  const clock = new ManualClock();
  const changes: string[][] = [];
  const lobby: Lobby = new Lobby(policy, clock, () =>
    changes.push(lobby.knocks.map(({ name }) => name)),
  );
  const knock = (
    number: number,
    address = `10.0.1.${number}`,
    { known = 'new', name }: { readonly known?: Knock['known']; readonly name?: string } = {},
  ): { readonly decision: string; readonly closes: readonly number[]; readonly id: string } => {
    const guest = guestOf(number, name);
    const decision = lobby.decide({ ...guest, known }, address);
    const { session, closes } = fakeSession(guest, address);
    if (decision === 'ask') lobby.add(session, { known });
    return { decision, closes, id: lobby.knocks.at(-1)?.id ?? '' };
  };
  const names = (): string[] => lobby.knocks.map((guest) => guest.name);
  return { lobby, clock, changes, knock, names };
}

describe('a lobby', () => {
  it.each([
    ['anyone', 'new', 'let-in'],
    ['anyone', 'same', 'let-in'],
    ['known', 'new', 'declined'],
    ['known', 'same', 'let-in'],
    ['ask', 'new', 'ask'],
    ['ask', 'same', 'ask'],
  ] as const)('with the policy %s and a guest who is %s decides %s', (policy, known, decision) => {
    expect(setup(policy).knock(1, '10.0.1.1', { known }).decision).toBe(decision);
  });

  it('lets four guests wait, and a fifth once one is gone', async () => {
    const { lobby, knock, names } = setup();
    const ids = [1, 2, 3, 4].map((number) => knock(number).id);
    expect(knock(5).decision).toBe('full');
    expect(names()).toEqual(['guest 1', 'guest 2', 'guest 3', 'guest 4']);
    await lobby.decline(ids[1]!);
    expect(knock(5).decision).toBe('ask');
  });

  it('keeps one knock of an identity, the newer one, also when four wait', () => {
    const { knock, names } = setup();
    const first = knock(1);
    for (const number of [2, 3, 4]) knock(number);
    const second = knock(1, '10.0.1.9');
    expect(second.decision).toBe('ask');
    expect(first.closes).toEqual([CloseCode.replaced]);
    expect(names()).toEqual(['guest 2', 'guest 3', 'guest 4', 'guest 1']);
    // The same question.
    expect(second.id).toBe(first.id);
  });

  it('gives a guest who comes by another name another id', () => {
    const { lobby, knock, names } = setup();
    const first = knock(1);
    const second = knock(1, '10.0.1.1', { name: 'Mallory' });
    expect(second.id).not.toBe(first.id);
    expect(lobby.letIn(first.id)).toBeUndefined();
    expect(names()).toEqual(['Mallory']);
    const third = knock(1, '10.0.1.1', { name: 'Mallory', known: 'same' });
    expect(third.id).not.toBe(second.id);
  });

  it('takes three guests a minute from an address', () => {
    const { clock, lobby, knock } = setup();
    const address = '10.0.1.1';
    for (const number of [1, 2, 3]) {
      const { decision, id } = knock(number, address);
      expect(decision).toBe('ask');
      lobby.letIn(id);
    }
    expect(knock(4, address).decision).toBe('full');
    expect(knock(5, '10.0.1.2').decision).toBe('ask');
    clock.advance(59_999);
    expect(knock(4, address).decision).toBe('full');
    clock.advance(1);
    expect(knock(4, address).decision).toBe('ask');
  });

  it('takes six knocks a minute of a guest with a bad connection', () => {
    const { clock, knock } = setup();
    for (let count = 0; count < 6; count += 1) expect(knock(1).decision).toBe('ask');
    expect(knock(1).decision).toBe('full');
    clock.advance(60_000);
    expect(knock(1).decision).toBe('ask');
  });

  it('gives the place of the newest of a crowded address to a guest from another one', () => {
    const { knock, names } = setup();
    const crowd = [1, 2, 3].map((number) => knock(number, '10.0.1.1'));
    const other = knock(4, '10.0.1.2');
    expect(knock(5, '10.0.1.3').decision).toBe('ask');
    expect(crowd.map(({ closes }) => closes)).toEqual([[], [], [CloseCode.lobbyFull]]);
    expect(other.closes).toEqual([]);
    expect(names()).toEqual(['guest 1', 'guest 2', 'guest 4', 'guest 5']);
    // Not to another of the crowd, which has places already.
    expect(knock(6, '10.0.1.2').decision).toBe('full');
  });

  it('gives the place of the newest stranger to a guest met before', () => {
    const { knock, names } = setup();
    knock(1, undefined, { known: 'same' });
    for (const number of [2, 3, 4]) knock(number);
    expect(knock(5, undefined, { known: 'same' }).decision).toBe('ask');
    expect(names()).toEqual(['guest 1', 'guest 2', 'guest 3', 'guest 5']);
  });

  it('declines all at an address, and for ten minutes those of it and of the identity', async () => {
    const { clock, lobby, knock, names } = setup();
    const guest = knock(1, '10.0.1.1');
    const companion = knock(2, '10.0.1.1');
    const other = knock(3, '10.0.1.9');
    await lobby.decline(guest.id);
    expect([guest, companion, other].map(({ closes }) => closes)).toEqual([
      [CloseCode.declined],
      [CloseCode.declined],
      [],
    ]);
    expect(names()).toEqual(['guest 3']);
    const held = () => [knock(1, '10.0.1.2').decision, knock(4, '10.0.1.1').decision];
    expect(held()).toEqual(['held', 'held']);
    clock.advance(DECLINED_MS - 1);
    expect(held()).toEqual(['held', 'held']);
    clock.advance(1);
    expect(held()).toEqual(['ask', 'ask']);
  });

  it('lets a guest come back who was let in, by the same name, at any address', async () => {
    const { lobby, knock } = setup();
    const { id } = knock(1, '10.0.1.1');
    expect(lobby.letIn(id)).toBeDefined();
    // It is not in the call yet.
    expect(knock(1, '10.0.1.8').decision).toBe('ask');
    lobby.close(guestOf(1));
    expect(knock(1, '10.0.1.9').decision).toBe('let-in');
    expect(knock(1, '10.0.1.9', { name: 'GUEST 1' }).decision).toBe('let-in');
    expect(knock(1, '10.0.1.9', { name: 'Mallory' }).decision).toBe('ask');
    await lobby.decline(knock(2, '10.0.1.1').id);
    expect(knock(1, '10.0.1.1').decision).toBe('let-in');
  });

  it('does nothing for a guest who is gone', async () => {
    const { lobby, knock, changes } = setup();
    knock(1);
    expect(lobby.letIn('99')).toBeUndefined();
    await lobby.decline('99');
    expect(knock(2).decision).toBe('ask');
    expect(changes).toEqual([['guest 1'], ['guest 1', 'guest 2']]);
  });

  it('closes all who wait, and tells of it once', async () => {
    const { lobby, knock, changes } = setup();
    const guests = [knock(1), knock(2)];
    lobby.close(guestOf(3));
    await lobby.clear(CloseCode.roomFull);
    expect(guests.map(({ closes }) => closes)).toEqual([
      [CloseCode.roomFull],
      [CloseCode.roomFull],
    ]);
    expect(changes.at(-1)).toEqual([]);
    expect(changes).toHaveLength(3);
  });
});
