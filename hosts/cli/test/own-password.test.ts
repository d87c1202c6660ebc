import { PassThrough } from 'node:stream';
import {
  RoomkeyError,
  type Call,
  type RoomEntry,
  type Roomkey,
  type SignedIn,
} from '@roomkey/core/host';
import { expect, test, vi } from 'vitest';
import { UsageError } from '../src/failure.js';
import { openCall, type OpenCallOptions } from '../src/join/open-call.js';
import { Output } from '../src/output.js';
import { ended, workplace, type Ended } from './support.js';

// cspell:ignore anotter

// scrypt and PBKDF2 are slow by design.
vi.setConfig({ testTimeout: 120_000 });

const small = ['--camera', 'pattern', '--size', '320x180', '--json'];
/** Three, since Roomkey does not notice 1 of 256 wrong passwords. */
const WRONG = ['sesane', 'sesam', 'Sesame'];

/**
 * A folder with a room. `join` opens the room and leaves as soon as it is open, or is refused.
 * `refused` joins with each password until one is refused.
 */
async function withOwnRoom() {
  const place = await workplace();
  await place.run(['account', 'create', 'Anna'], {
    environment: { ROOMKEY_PASSWORD: 'correct horse' },
  });
  await place.run(['room', 'create', 'Lab', '--password']);
  const join = async (password: string, ...more: string[]): Promise<Ended> => {
    const environment = { ROOMKEY_ROOM_PASSWORD: password };
    const child = place.start(['join', 'Lab', ...small, ...more], { environment });
    const end = ended(child);
    child.stdout?.on('data', (text: string) => {
      if (text.includes('"waiting"')) child.kill('SIGINT');
    });
    return await end;
  };
  const refused = async (...candidates: readonly string[]): Promise<Ended> => {
    for (const password of candidates) {
      const end = await join(password);
      if (end.code !== 130) return end;
    }
    throw new Error('No password was refused.');
  };
  return { ...place, join, refused };
}

test('join refuses an owner’s mistyped password, and names the option that confirms it', async () => {
  const { join, refused } = await withOwnRoom();
  expect((await join('sesame')).code).toBe(130);
  const end = await refused(...WRONG);
  expect(end.code).toBe(4);
  expect(
    end.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    {
      error: {
        code: 'RK_ROOM_PASSWORD_CHANGED',
        message: expect.stringContaining('roomkey join --new-password') as string,
      },
    },
  ]);
  expect(end.stderr).toContain('not the password that you opened “Lab” with last time');
  expect((await join('sesame')).code).toBe(130);

  expect((await join('another', '--new-password')).code).toBe(130);
  expect((await join('another')).code).toBe(130);
  expect((await refused('sesame', ...WRONG)).code).toBe(4);
});

test('join --new-password is refused for a room without a password', async () => {
  const { run } = await withOwnRoom();
  await run(['room', 'create', 'Porch']);
  const { code, stderr } = await run(['join', 'Porch', '--new-password', '--camera', 'pattern']);
  expect(code).toBe(2);
  expect(stderr).toContain('--new-password is only for your own rooms with a password.');
});

/** A person at a terminal, and their room, which was opened with this password last time. */
function terminal(known: string | undefined, environment: Record<string, string> = {}) {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const output = new PassThrough();
  const tried: { password?: string; isNewPassword?: boolean }[] = [];
  let shown = '';
  output.setEncoding('utf8').on('data', (text: string) => (shown += text));
  const call = Object.create(null) as Call;
  const calls = {
    isFirstPassword: () => Promise.resolve(known === undefined),
    open: (_account: SignedIn, _room: RoomEntry, options: (typeof tried)[number] = {}) => {
      tried.push(options);
      const { password, isNewPassword = false } = options;
      return known === undefined || password === known || isNewPassword
        ? Promise.resolve(call)
        : Promise.reject(new RoomkeyError('RK_ROOM_PASSWORD_CHANGED', 'Another.'));
    },
  };
  const out = { write: (text: string) => (shown += text) };
  const context = {
    output: new Output({ json: false, verbose: false, out, err: out }),
    signal: new AbortController().signal,
  };
  const room = { name: 'Lab', mine: true, password: true } as RoomEntry;
  const open = (more: Partial<OpenCallOptions> = {}): Promise<Call> =>
    openCall(
      context,
      { calls } as unknown as Roomkey,
      { account: {} as SignedIn, room, ...more },
      { input, output, environment },
    );
  /** Types the answers, each after its prompt. */
  const types = (...answers: readonly string[]): void => {
    const rest = [...answers];
    output.on('data', (text: string) => {
      if (text.includes(': ') && rest.length > 0) input.write(`${rest.shift()!}\r`);
    });
  };
  return { input, room, open, types, call, tried, shown: () => shown };
}

test.each([
  ['the right one', ['sesane', 'sesame'], false],
  ['the same again', ['another', 'another'], true],
  ['a slip, and then a new one twice', ['sesane', 'another', 'another'], true],
] as const)(
  'join asks a person at a terminal again, and accepts %s',
  async (_what, typed, isNew) => {
    const { open, types, call, tried, shown } = terminal('sesame');
    types(...typed);
    expect(await open()).toBe(call);
    expect(tried.map(({ password }) => password)).toEqual(typed);
    expect(tried.at(-1)?.isNewPassword).toBe(isNew);
    expect(shown()).toContain(
      'Enter that password, or enter the new one again to use it from now on.',
    );
  },
);

test('join asks twice for a first password, and with --new-password', async () => {
  for (const [known, options] of [
    [undefined, {}],
    ['sesame', { newPassword: true }],
  ] as const) {
    const { open, types, call, shown } = terminal(known);
    types('another', 'another');
    expect(await open(options)).toBe(call);
    expect(shown()).toContain('Password of the room “Lab”, again: ');
  }
  const { open, types } = terminal(undefined);
  types('another', 'anotter');
  await expect(open()).rejects.toThrow(UsageError);
});

test('join does not say that it checks a password for a room without one', async () => {
  const { input, room, open, tried, shown } = terminal(undefined);
  input.end('sesame');
  await open({ room: { ...room, password: false }, passwordStdin: true });
  expect(tried).toMatchObject([{ password: 'sesame' }]);
  expect(shown()).toBe('');
});

test('join does not ask again if the password is from the environment', async () => {
  const { open, tried } = terminal('sesame', { ROOMKEY_ROOM_PASSWORD: 'sesane' });
  await expect(open()).rejects.toMatchObject({ code: 'RK_ROOM_PASSWORD_CHANGED' });
  expect(tried).toHaveLength(1);
});
