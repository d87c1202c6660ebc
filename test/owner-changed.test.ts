import { expect, it, vi } from 'vitest';
import { openHomes } from './support/desktop.js';
import { inPhase, isLive, type Line, type Shell } from './support/shell.js';

vi.setConfig({ testTimeout: 120_000 });

const small = ['--camera', 'pattern', '--size', '320x180', '--fps', '15'] as const;

/** The discovered rooms, each with its owner's name and what the user knows of the owner. */
async function owners(shell: Shell): Promise<unknown[]> {
  const { rooms } = (await shell.json('discover')) as unknown as {
    rooms: { readonly name: string; readonly owner: Line }[];
  };
  return rooms.map(({ name, owner }) => [name, owner['name'], owner['known']]);
}

it('a stranger who poses as a known owner of a room is recognized, and not dialed before consent', async () => {
  const [grace, mallory, ada] = (await openHomes(3)) as [Shell, Shell, Shell];
  await Promise.all([
    grace.json('account', 'create', 'Grace'),
    mallory.json('account', 'create', 'Grace'),
    ada.json('account', 'create', 'Ada'),
  ]);
  const { id: real } = await grace.json('room', 'create', 'Lab');
  const { id: posed } = await mallory.json('room', 'create', 'Lab', '--password');

  // Ada meets Grace.
  const first = grace.start('join', 'Lab', ...small, '--let-in', 'anyone', '--json');
  await first.line(inPhase('waiting'));
  expect(await owners(ada)).toEqual([['Lab', 'Grace', 'new']]);
  const meeting = await ada.run('join', 'Lab', ...small, '--frames', '1');
  expect(meeting.code).toBe(0);
  await first.kill();

  const sesame = mallory.with({ ROOMKEY_ROOM_PASSWORD: 'sesame' });
  const posing = sesame.start('join', 'Lab', ...small, '--let-in', 'anyone', '--json');
  await posing.line(inPhase('waiting'));
  // The real room, which Ada visited, is closed.
  expect(await owners(ada)).toEqual([
    ['Lab', 'Grace', 'same'],
    ['Lab', 'Grace', 'changed'],
  ]);
  // The command asks for no password: standard input is at its end.
  const refused = await ada.run('join', 'Lab', ...small, '--json');
  expect(refused.code).toBe(4);
  expect(JSON.parse(refused.stdout.toString())).toMatchObject({
    error: { code: 'RK_IDENTITY_MISMATCH' },
  });
  const { people } = await ada.json('people', 'list');
  const [{ pending }] = people as [{ readonly pending: readonly string[] }];
  expect(pending).toHaveLength(1);
  const accept = `roomkey people accept "Grace" ${pending[0]}`;
  expect(refused.stderr).toContain(accept);
  expect((await ada.run('discover')).stdout.toString()).toContain('CHANGED');
  expect((await ada.run('room', 'list')).stdout.toString()).not.toContain('CHANGED');

  // The real owner opens her room again: the name now means that one, wherever it is in the list.
  const again = grace.start('join', 'Lab', ...small, '--let-in', 'anyone', '--json');
  await again.line(inPhase('waiting'));
  expect(await owners(ada)).toEqual([
    ['Lab', 'Grace', 'same'],
    ['Lab', 'Grace', 'changed'],
  ]);
  const joined = await ada.run('join', 'Lab', ...small, '--frames', '1', '--json');
  expect(joined.code).toBe(0);
  await again.line(isLive);
  const byId = await ada.run('join', posed as string, ...small, '--json');
  expect(byId.code).toBe(4);
  expect(real).not.toBe(posed);

  // Ada has compared the fingerprints: she accepts, and can join with the password.
  expect((await ada.run('people', 'accept', 'Grace', pending[0]!)).code).toBe(0);
  const accepted = await ada
    .with({ ROOMKEY_ROOM_PASSWORD: 'sesame' })
    .run('join', posed as string, ...small, '--frames', '1');
  expect(accepted.code).toBe(0);
  // Ada did not dial there before she accepted.
  expect(posing.lines.filter(({ event }) => event === 'notice')).toEqual([]);
});

it('the list and the call warn of a name that looks like a known one', async () => {
  const [grace, mallory, ada] = (await openHomes(3)) as [Shell, Shell, Shell];
  const alike = 'Gr\u0430ce';
  await Promise.all([
    grace.json('account', 'create', 'Grace'),
    mallory.json('account', 'create', alike),
    ada.json('account', 'create', 'Ada'),
  ]);
  await grace.json('room', 'create', 'Lab');
  await mallory.json('room', 'create', 'Den');
  const first = grace.start('join', 'Lab', ...small, '--let-in', 'anyone', '--json');
  await first.line(inPhase('waiting'));
  expect((await ada.run('join', 'Lab', ...small, '--frames', '1')).code).toBe(0);
  const posing = mallory.start('join', 'Den', ...small, '--let-in', 'anyone', '--json');
  await posing.line(inPhase('waiting'));

  const { rooms } = (await ada.json('discover')) as { readonly rooms?: unknown };
  expect(rooms).toContainEqual(
    expect.objectContaining({
      name: 'Den',
      owner: expect.objectContaining({ known: 'new', looksLike: ['Grace'] }) as unknown,
    }),
  );
  const joined = await ada.run('join', 'Den', ...small, '--frames', '1');
  expect(joined.code).toBe(0);
  expect(joined.stderr).toContain('The name looks like Grace, who you’ve met');
  expect(await posing.line(isLive)).not.toHaveProperty('participants[0].looksLike');
  expect((await ada.run('people', 'list')).stdout.toString()).toMatch(/looks like Gr\u0430ce/);
});
