import { PassThrough } from 'node:stream';
import { fingerprint, type Call, type Knock } from '@roomkey/core/host';
import { describe, expect, test } from 'vitest';
import { answerKnocks } from '../src/join/answer-knocks.js';
import { letInPolicy } from '../src/join/let-in-option.js';
import { Output } from '../src/output.js';

const knockOf = (name: string, known: Knock['known'] = 'new'): Knock => ({
  id: name,
  name,
  identity: new Uint8Array(32).fill(name.charCodeAt(0)),
  known,
});
const dora = knockOf('Dora');
const eve = knockOf('Eve');

/** A call in which guests knock, and the terminal of its owner. */
function setup() {
  let listener: (knocks: readonly Knock[]) => void = () => undefined;
  const decisions: string[] = [];
  let knocks: readonly Knock[] = [];
  const change = (next: readonly Knock[]): void => {
    knocks = next;
    listener(next);
  };
  const without = (id: string): readonly Knock[] => knocks.filter((knock) => knock.id !== id);
  const call = {
    room: { account: { name: 'Grace' } },
    get knocks() {
      return knocks;
    },
    on: (_event: 'knocks', added: typeof listener) => {
      listener = added;
      return () => (listener = () => undefined);
    },
    letIn: (id: string) => {
      decisions.push(`let in ${id}`);
      change([]);
      return Promise.resolve();
    },
    decline: (id: string) => {
      decisions.push(`decline ${id}`);
      change(without(id));
      return Promise.resolve();
    },
  } as unknown as Call;
  const input = new PassThrough();
  let printed = '';
  const sink = { write: (text: string) => (printed += text) };
  const output = new Output({ json: false, verbose: false, out: sink, err: sink });
  let time = 0;
  const stop = answerKnocks(call, {
    terminal: { input, echo: new PassThrough() },
    output,
    now: () => time,
  });
  return {
    stop,
    change,
    decisions,
    isReading: () => input.listenerCount('data') > 0 && !input.isPaused(),
    type: async (line: string, waitMs = 5_000) => {
      time += waitMs;
      input.write(`${line}\n`);
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    },
    endInput: async () => {
      input.end();
      await new Promise(setImmediate);
      await new Promise(setImmediate);
    },
    lines: () => printed.trimEnd().split('\n'),
  };
}

describe('the question about a guest', () => {
  test.each([
    ['y', 'let in Dora'],
    ['YES ', 'let in Dora'],
    ['n', 'decline Dora'],
    ['No', 'decline Dora'],
  ])('takes %j', async (line, decision) => {
    const { change, type, decisions, lines } = setup();
    change([dora]);
    expect(lines()).toEqual([
      `Dora wants to join (not met before; ${fingerprint(dora.identity)}).`,
      'Let Dora in? y or n:',
    ]);
    await type(line);
    expect(decisions).toEqual([decision]);
  });

  test('says that a guest was met before, and whose name theirs looks like', () => {
    const known = setup();
    known.change([knockOf('Dora', 'same')]);
    expect(known.lines()[0]).toBe('Dora wants to join (met before).');
    const similar = setup();
    similar.change([{ ...dora, looksLike: ['Dorа'] }]);
    expect(similar.lines()[1]).toBe(
      'The name looks like Dorа, who you’ve met, but this is someone else.',
    );
  });

  test.each(['', 'maybe', 'yy', 'perhaps'])(
    'asks again after %j, and decides nothing',
    async (line) => {
      const { change, type, decisions, lines } = setup();
      change([dora]);
      await type(line);
      expect(decisions).toEqual([]);
      expect(lines().at(-1)).toBe('Let Dora in? y or n:');
      await type('n');
      expect(decisions).toEqual(['decline Dora']);
    },
  );

  test('is asked of one guest after the other', async () => {
    const { change, type, decisions, lines, isReading } = setup();
    change([dora]);
    change([dora, eve]);
    expect(lines()).toHaveLength(2);
    await type('n');
    expect(lines().at(-1)).toBe('Let Eve in? y or n:');
    await type('y');
    expect(decisions).toEqual(['decline Dora', 'let in Eve']);
    expect(isReading()).toBe(false);
  });

  test('never takes an answer for a guest that the user has not read about', async () => {
    const { change, type, decisions, lines } = setup();
    change([dora, eve]);
    change([eve]);
    expect(lines()).toContain('Dora is gone.');
    // It was on its way when Dora left.
    await type('y', 400);
    expect(decisions).toEqual([]);
    expect(lines().at(-1)).toBe('Let Eve in? y or n:');
    // Nor one that was pasted with it.
    await type('y', 1);
    expect(decisions).toEqual([]);
    await type('y');
    expect(decisions).toEqual(['let in Eve']);
  });

  test('takes no line that was typed while nothing was asked', async () => {
    const { change, type, decisions, lines } = setup();
    await type('y');
    change([dora]);
    await type('y', 0);
    expect(decisions).toEqual([]);
    expect(lines().at(-1)).toBe('Let Dora in? y or n:');
  });

  test('takes one of pasted lines, and decides nothing about the next guest', async () => {
    const { change, type, decisions } = setup();
    change([dora, eve]);
    await type('n\ny\ny');
    expect(decisions).toEqual(['decline Dora']);
  });

  test('is asked again of a guest who comes by another name', async () => {
    const { change, lines } = setup();
    change([dora]);
    change([{ ...dora, id: '2', name: 'Mallory' }]);
    expect(lines().slice(-3)).toEqual([
      'Dora is gone.',
      `Mallory wants to join (not met before; ${fingerprint(dora.identity)}).`,
      'Let Mallory in? y or n:',
    ]);
  });

  test('declines all where the terminal’s input has ended, and says so', async () => {
    const { change, endInput, decisions, lines } = setup();
    change([dora]);
    await endInput();
    expect(lines().at(-1)).toBe('The terminal’s input has ended: no one else can be let in.');
    expect(decisions).toEqual(['decline Dora']);
    change([eve]);
    expect(decisions).toEqual(['decline Dora', 'decline Eve']);
  });

  test('reads nothing while no one waits, nor after the call', async () => {
    const { change, type, decisions, isReading, stop } = setup();
    expect(isReading()).toBe(false);
    change([dora]);
    expect(isReading()).toBe(true);
    change([]);
    expect(isReading()).toBe(false);
    await type('y');
    change([dora]);
    expect(isReading()).toBe(true);
    stop();
    expect(isReading()).toBe(false);
    change([eve]);
    expect(isReading()).toBe(false);
    expect(decisions).toEqual([]);
  });
});

describe('--let-in', () => {
  const open = { mine: true, password: false };
  const locked = { mine: true, password: true };
  const other = { mine: false, password: false };

  test.each([
    [undefined, open, true, 'ask'],
    [undefined, open, false, 'known'],
    [undefined, locked, true, 'anyone'],
    [undefined, locked, false, 'anyone'],
    ['ask', locked, true, 'ask'],
    ['known', open, true, 'known'],
    ['anyone', open, false, 'anyone'],
    [undefined, other, true, undefined],
  ] as const)('%s in %j with a terminal (%s) is %s', (value, room, hasTerminal, policy) => {
    expect(letInPolicy(value, room, hasTerminal)).toBe(policy);
  });

  test.each([
    ['ask', open, false, 'needs a terminal'],
    ['anyone', other, true, 'only for your own rooms'],
  ] as const)('%s in %j with a terminal (%s) is refused: %s', (value, room, hasTerminal, why) => {
    expect(() => letInPolicy(value, room, hasTerminal)).toThrow(why);
  });
});
