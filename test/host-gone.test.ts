import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { inPhase, isLive, Shell, type Running } from './support/shell.js';

vi.setConfig({ testTimeout: 120_000 });

/** Has ten minutes be over at once, in the program that imports it. */
const NO_TEN_MINUTES = `
  const real = globalThis.setTimeout;
  globalThis.setTimeout = (act, ms, ...more) => real(act, ms === 600_000 ? 0 : ms, ...more);
`;

const small = ['--camera', 'pattern', '--size', '320x180', '--fps', '15', '--json'] as const;

let ada: Shell;
let host: Running;
let guest: Running;

beforeEach(async () => {
  const room = `Lab ${crypto.randomUUID().slice(0, 8)}`;
  const grace = await Shell.open({ ROOMKEY_PASSWORD: 'grace’s own' });
  ada = await Shell.open({ ROOMKEY_PASSWORD: 'ada’s own' });
  await Promise.all([
    grace.json('account', 'create', 'Grace'),
    ada.json('account', 'create', 'Ada'),
  ]);
  await grace.json('room', 'create', room);
  const file = join(ada.home, 'no-ten-minutes.mjs');
  await writeFile(file, NO_TEN_MINUTES);
  host = grace.start('join', room, ...small);
  await host.line(inPhase('waiting'));
  const hurried = ada.with({ NODE_OPTIONS: `--import=${pathToFileURL(file).href}` });
  guest = hurried.start('join', room, ...small);
  await Promise.all([guest.line(isLive), host.line(isLive)]);
});

describe('the command of a guest', () => {
  it.each([
    ['left', 'SIGINT', 'Grace left and didn’t come back within 10 minutes.'],
    ['lost', 'SIGKILL', 'The connection to Grace was lost and didn’t come back within 10 minutes.'],
  ] as const)('says that the host is gone (%s), and ends with 7', async (kind, signal, message) => {
    host.signal(signal);
    const { code, stderr } = await guest.finished;
    expect(guest.lines).toContainEqual({
      event: 'state',
      phase: 'searching',
      absence: { name: 'Grace', kind },
    });
    expect(guest.lines.at(-1)).toMatchObject({ error: { code: 'RK_ROOM_NOT_OPEN' } });
    expect(stderr).toContain(message);
    expect(code).toBe(7);
  });
});
