import type { Call, CallEnd, CallState } from '@roomkey/core/host';
import { describe, expect, test } from 'vitest';
import { runJoin, type JoinOptions } from '../src/join/run-join.js';
import { Output } from '../src/output.js';

const grace = {
  name: 'Grace',
  identity: new Uint8Array(32),
  known: 'new',
  words: ['one'],
  cipher: 'AES-256-GCM',
} as const;
const live: CallState = { phase: 'live', participants: [grace] };

/** The output of `runJoin` for a guest's call that goes through these states. */
async function outputOf(
  states: readonly CallState[],
  {
    json = false,
    isOpen = false,
    startSound = () => Promise.resolve(),
  }: {
    readonly json?: boolean;
    readonly isOpen?: boolean;
    readonly startSound?: JoinOptions['startSound'];
  } = {},
): Promise<string> {
  const listeners = new Set<(state: CallState) => void>();
  let state: CallState = { phase: 'preparing' };
  const move = (next: CallState): void => {
    state = next;
    for (const listener of listeners) listener(next);
  };
  const leave = new AbortController();
  const call = {
    room: { name: 'Lab', owner: 'Grace', account: { name: 'Ada' }, parameters: { mode: 0 } },
    get state() {
      return state;
    },
    statistics: {
      sent: { camera: { sent: 3, dropped: 1 }, microphone: { sent: 0, dropped: 0, copied: 0 } },
    },
    speaker: { statistics: undefined },
    on: (event: string, listener: (state: CallState) => void) => {
      if (event === 'state') listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start: async () => {
      for (const next of states) move(next);
      if (state.phase !== 'ended') leave.abort();
    },
    camera: { start: async () => undefined },
    leave: async () => {
      if (state.phase !== 'ended') move(ended({ kind: 'left' }));
    },
  } as unknown as Call;
  let printed = '';
  const sink = { write: (text: string) => (printed += text) };
  const output = new Output({ json, verbose: false, out: sink, err: sink });
  await runJoin(call, output, {
    capture: { width: 16, height: 16, fps: 30, quality: 80 },
    isCameraNamed: false,
    isSoundNamed: false,
    startSound,
    statistics: false,
    isOpen,
    terminal: { input: process.stdin, echo: process.stderr },
    signal: leave.signal,
  }).catch((error: unknown) => (printed += `${String(error)}\n`));
  return printed;
}

const ended = (end: CallEnd): CallState => ({ phase: 'ended', end });

describe('join', () => {
  test.each([
    [{ kind: 'replaced' }, 'This call moved to another window or computer.'],
    [{ kind: 'room-closed' }, 'Grace deleted this room.'],
  ] as const)('says how the other side ended the call (%j)', async (end, sentence) => {
    const printed = await outputOf([live, ended(end)]);
    expect(printed).toContain(`\n${sentence}\nLeft “Lab”: 3 frames sent, 0 received.\n`);
    const lines = (await outputOf([live, ended(end)], { json: true })).trimEnd().split('\n');
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ event: 'left', end: end.kind, sent: 3 });
  });

  test('prints no frame counts if the call never began', async () => {
    expect(await outputOf([{ phase: 'waiting' }])).toMatch(/\nLeft “Lab”\.\n$/);
    const refused = await outputOf([ended({ kind: 'failed', error: new Error('Refused.') })]);
    expect(refused).toBe('Error: Refused.\n');
  });

  test.each([
    ['microphone', 'The other side does not hear you.'],
    ['speaker', 'You do not hear the other side.'],
  ] as const)('says what is lacking without a %s', async (device, sentence) => {
    const printed = await outputOf([live], {
      startSound: async (onFailure) => onFailure({ device, error: new Error('It is gone.') }),
    });
    expect(printed).toContain(`warning: ${sentence} It is gone.\n`);
  });

  test('says that it waits for a room only if the room is not open', async () => {
    const searching: CallState = { phase: 'searching' };
    expect(await outputOf([searching])).toContain('Waiting for “Lab” to be opened');
    expect(await outputOf([searching], { isOpen: true })).toMatch(/^Joining “Lab” …\n/);
  });
});
