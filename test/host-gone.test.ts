import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { inPhase, isLive, Shell, type Line, type Running } from './support/shell.js';

vi.setConfig({ testTimeout: 120_000 });

/** Makes ten minutes pass at once, in the program that imports it. */
const NO_TEN_MINUTES = `
  const real = globalThis.setTimeout;
  globalThis.setTimeout = (act, ms, ...more) => real(act, ms === 600_000 ? 0 : ms, ...more);
`;

const small = ['--camera', 'pattern', '--size', '320x180', '--fps', '15', '--json'] as const;

let room: string;
let grace: Shell;
let ada: Shell;
let hurried: Shell;
let host: Running;
let guest: Running;

beforeEach(async () => {
  room = `Lab ${crypto.randomUUID().slice(0, 8)}`;
  grace = await Shell.open({ ROOMKEY_PASSWORD: 'grace’s own' });
  ada = await Shell.open({ ROOMKEY_PASSWORD: 'ada’s own' });
  await Promise.all([
    grace.json('account', 'create', 'Grace'),
    ada.json('account', 'create', 'Ada'),
  ]);
  await grace.json('room', 'create', room);
  const file = join(ada.home, 'no-ten-minutes.mjs');
  await writeFile(file, NO_TEN_MINUTES);
  host = grace.start('join', room, ...small, '--let-in', 'anyone');
  await host.line(inPhase('waiting'));
  hurried = ada.with({ NODE_OPTIONS: `--import=${pathToFileURL(file).href}` });
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
      lastPartner: { name: 'Grace', kind },
    });
    expect(guest.lines.at(-1)).toMatchObject({ error: { code: 'RK_ROOM_NOT_OPEN' } });
    expect(stderr).toContain(message);
    expect(code).toBe(7);
  });
});

describe('the room of a guest whose host is gone', () => {
  it('stays in the list, lets the guest wait without limit, and can be forgotten', async () => {
    host.signal('SIGINT');
    await guest.finished;
    const [listed] = await roomsOf('room', 'list');
    expect(listed).toMatchObject({
      owner: { name: 'Grace' },
      password: false,
      stored: false,
      open: false,
      visitedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
    });
    const text = async (...args: readonly string[]) => (await ada.run(...args)).stdout.toString();
    expect(await text('room', 'list')).toMatch(
      /of Grace \(known\) +no password +last visit \d{4}-\d\d-\d\d \d\d:\d\d/,
    );
    expect(await text('discover')).toMatch(
      /of Grace \(known\) +no password +not open now, last visit \d{4}-/,
    );
    expect(await text('room', 'show', room)).toMatch(/last visit +\d{4}-/);

    // The call never began, so the limit of ten minutes does not apply.
    const again = hurried.start('join', room, ...small);
    expect(await again.line(inPhase('searching'))).toEqual({ event: 'state', phase: 'searching' });
    const reopened = grace.start('join', room, ...small, '--let-in', 'anyone');
    await Promise.all([reopened.line(isLive), again.line(isLive)]);
    again.signal('SIGINT');
    expect((await again.finished).code).toBe(130);

    expect(await ada.json('room', 'forget', room)).toEqual({ id: listed?.['id'], name: room });
    expect(await roomsOf('room', 'list')).toEqual([]);
    const { code, stderr } = await ada.run('room', 'forget', room);
    expect({ code, stderr }).toMatchObject({
      code: 5,
      stderr: expect.stringContaining(room) as string,
    });
  });
});

/** The test's room in the list of one of Ada's commands. */
async function roomsOf(...args: readonly string[]): Promise<Line[]> {
  const { rooms } = (await ada.json(...args)) as { rooms: Line[] };
  return rooms.filter(({ name }) => name === room);
}
