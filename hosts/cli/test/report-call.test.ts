import type { Call, CallEvents, CallState } from '@roomkey/core/host';
import { describe, expect, test } from 'vitest';
import { Output } from '../src/output.js';
import { reportCall } from '../src/join/report-call.js';

const ada = {
  name: 'Ada',
  identity: new Uint8Array([0xab, 0xcd]),
  known: 'new',
  words: ['one', 'two', 'three', 'four'],
  cipher: 'AES-256-GCM',
} as const;

/** A call, and the output that reports it. */
function setup(json: boolean) {
  const listeners = new Map<string, (value: unknown) => void>();
  const call = {
    state: { phase: 'live', participants: [ada] } satisfies CallState,
    room: { name: 'Lab', parameters: { mode: 0 }, account: { name: 'Grace' } },
    on: (event: string, listener: (value: unknown) => void) => listeners.set(event, listener),
  };
  let out = '';
  let err = '';
  const output = new Output({
    json,
    verbose: false,
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
  });
  reportCall(call as unknown as Call, output, true);
  const emit = (event: keyof CallEvents, value: unknown): void => listeners.get(event)?.(value);
  const documents = (): unknown[] =>
    out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as unknown);
  return { emit, documents, lines: () => err.split('\n').slice(0, -1) };
}

describe('a camera or a screen', () => {
  test.each([
    ['camera', 'stopped', 'Ada’s camera is on.', 'Ada’s camera is off.'],
    ['camera', 'lost', 'Ada’s camera is on.', 'Ada’s camera was disconnected.'],
    ['camera', 'failed', 'Ada’s camera is on.', 'Ada’s camera stopped working.'],
    ['screen', 'stopped', 'Ada shares their screen.', 'Ada stopped sharing their screen.'],
    ['screen', 'lost', 'Ada shares their screen.', 'Ada’s screen can’t be shared any more.'],
    ['screen', 'failed', 'Ada shares their screen.', 'Ada’s screen sharing stopped working.'],
  ] as const)('%s that goes on and off (%s) is reported at once', (kind, reason, on, off) => {
    const text = setup(false);
    const json = setup(true);
    for (const { emit } of [text, json]) {
      emit('track', { kind });
      emit('trackEnd', { kind, reason });
    }
    expect(text.lines()).toEqual([on, off]);
    expect(json.documents()).toEqual([
      { event: 'track', kind },
      { event: 'trackEnd', kind, reason },
    ]);
    expect([text.documents(), json.lines()]).toEqual([[], []]);
  });

  test('that ends because its owner leaves is not reported, since the state says it', () => {
    const { emit, lines } = setup(false);
    emit('trackEnd', { kind: 'camera', reason: 'lost', sessionOver: true });
    expect(lines()).toEqual([]);
  });
});

test('the sound of a screen is reported when it goes on and off, but not when its owner leaves', () => {
  const text = setup(false);
  const json = setup(true);
  for (const { emit } of [text, json]) {
    emit('screenAudio', { isOn: true });
    emit('screenAudio', { isOn: false, reason: 'stopped' });
    emit('screenAudio', { isOn: false, reason: 'lost', sessionOver: true });
  }
  expect(text.lines()).toEqual([
    'Ada shares the sound of their screen.',
    'Ada no longer shares the sound of their screen.',
  ]);
  expect(json.documents()).toEqual([
    { event: 'screenAudio', isOn: true },
    { event: 'screenAudio', isOn: false, reason: 'stopped' },
  ]);
});

test('the other side is reported in words, and as a participant in a document', () => {
  const text = setup(false);
  const json = setup(true);
  const states = [
    { phase: 'live', participants: [ada] },
    { phase: 'live', participants: [{ ...ada, connections: 2 }] },
  ] satisfies CallState[];
  for (const { emit } of [text, json]) for (const state of states) emit('state', state);
  expect(text.lines()).toEqual([
    'Ada is here, for the first time.',
    'No one is in between if both sides show these words: one two three four',
    'Encrypted with AES-256-GCM, one connection each way.',
  ]);
  const document = { ...ada, identity: 'abcd' };
  expect(json.documents()).toEqual([
    { event: 'state', phase: 'live', participants: [document] },
    { event: 'state', phase: 'live', participants: [{ ...document, connections: 2 }] },
  ]);
});
