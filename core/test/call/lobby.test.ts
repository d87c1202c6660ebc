import { describe, expect, it } from 'vitest';
import { DECLINED_MS, Lobby, type Knock } from '../../src/call/lobby.js';
import type { PeerSession } from '../../src/call/peer-session.js';
import { CloseCode } from '../../src/secure/records.js';
import { toHex } from '../../src/secure/bytes.js';
import { ManualClock } from '../rooms/setup.js';

const identityOf = (number: number): Uint8Array => new Uint8Array(32).fill(number);
const idOf = (number: number): string => toHex(identityOf(number));

/** A session of which a lobby sees the peer, the address and the close. */
function fakeSession(number: number, address: string) {
  const closes: number[] = [];
  const session = {
    security: { peer: { name: `guest ${number}`, identity: identityOf(number) } },
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
    known: Knock['known'] = 'new',
  ): { readonly decision: string; readonly closes: readonly number[] } => {
    const decision = lobby.decide({ identity: identityOf(number), known }, address);
    const { session, closes } = fakeSession(number, address);
    if (decision === 'ask') lobby.add(session, { known });
    return { decision, closes };
  };
  return { lobby, clock, changes, knock };
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
    expect(setup(policy).knock(1, '10.0.1.1', known).decision).toBe(decision);
  });

  it('lets four guests wait, and a fifth once one is gone', async () => {
    const { lobby, knock } = setup();
    for (const number of [1, 2, 3, 4]) expect(knock(number).decision).toBe('ask');
    expect(knock(5).decision).toBe('full');
    expect(lobby.knocks.map(({ name }) => name)).toEqual([
      'guest 1',
      'guest 2',
      'guest 3',
      'guest 4',
    ]);
    await lobby.decline(idOf(2));
    expect(knock(5).decision).toBe('ask');
  });

  it('keeps one knock of an identity, the newer one, also when four wait', () => {
    const { lobby, knock } = setup();
    const first = knock(1);
    for (const number of [2, 3, 4]) knock(number);
    expect(knock(1, '10.0.1.9').decision).toBe('ask');
    expect(first.closes).toEqual([CloseCode.replaced]);
    expect(lobby.knocks.map(({ id }) => id)).toEqual([2, 3, 4, 1].map(idOf));
  });

  it('takes three knocks a minute from an address, of any identity', () => {
    const { clock, lobby, knock } = setup();
    const address = '10.0.1.1';
    for (const number of [1, 2, 3]) {
      expect(knock(number, address).decision).toBe('ask');
      lobby.letIn(idOf(number));
    }
    expect(knock(4, address).decision).toBe('full');
    expect(knock(5, '10.0.1.2').decision).toBe('ask');
    clock.advance(59_999);
    expect(knock(4, address).decision).toBe('full');
    clock.advance(1);
    expect(knock(4, address).decision).toBe('ask');
  });

  it('declines for ten minutes by identity and by address', async () => {
    const { clock, lobby, knock } = setup();
    const { closes } = knock(1, '10.0.1.1');
    await lobby.decline(idOf(1));
    expect(closes).toEqual([CloseCode.declined]);
    expect(lobby.knocks).toEqual([]);
    const held = () => [knock(1, '10.0.1.2').decision, knock(2, '10.0.1.1').decision];
    expect(held()).toEqual(['held', 'held']);
    clock.advance(DECLINED_MS - 1);
    expect(held()).toEqual(['held', 'held']);
    expect(knock(3, '10.0.1.3').decision).toBe('ask');
    clock.advance(1);
    expect(held()).toEqual(['ask', 'ask']);
  });

  it('lets a guest come back who was let in, even from an address that was declined', async () => {
    const { lobby, knock } = setup();
    knock(1, '10.0.1.1');
    expect(lobby.letIn(idOf(1))).toBeDefined();
    expect(knock(1, '10.0.1.8').decision).toBe('ask');
    lobby.letIn(idOf(1));
    lobby.close(identityOf(1));
    expect(knock(1, '10.0.1.9').decision).toBe('let-in');
    knock(2, '10.0.1.1');
    await lobby.decline(idOf(2));
    expect(knock(1, '10.0.1.1').decision).toBe('let-in');
  });

  it('does nothing for a guest who is gone', async () => {
    const { lobby, knock, changes } = setup();
    knock(1);
    expect(lobby.letIn(idOf(2))).toBeUndefined();
    await lobby.decline(idOf(2));
    expect(knock(2).decision).toBe('ask');
    expect(changes).toEqual([['guest 1'], ['guest 1', 'guest 2']]);
  });

  it('closes all who wait, and tells of it once', async () => {
    const { lobby, knock, changes } = setup();
    const guests = [knock(1), knock(2)];
    lobby.close(identityOf(3));
    await lobby.clear(CloseCode.roomFull);
    expect(guests.map(({ closes }) => closes)).toEqual([
      [CloseCode.roomFull],
      [CloseCode.roomFull],
    ]);
    expect(changes.at(-1)).toEqual([]);
    expect(changes).toHaveLength(3);
  });
});
