import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { RoomChange, RoomEntry } from '@roomkey/core/host';
import { errorCodes, RoomkeyError } from '@roomkey/core/host';
import { describe, expect, test } from 'vitest';
import { onLiveRooms } from '../src/commands/discover.js';
import { ExitCode, exitCodes } from '../src/exit-codes.js';
import { failureOf, Interrupted, UsageError } from '../src/failure.js';
import { Output, table } from '../src/output.js';
import { roomRow } from '../src/rooms.js';
import {
  readPassword,
  readPasswordChange,
  type PasswordInput,
  type PasswordRequest,
} from '../src/password.js';

describe('a room’s row', () => {
  const room = { id: '0123456789', name: 'Lab', owner: { name: 'Ada' }, mine: false } as RoomEntry;
  const open = { live: true, confirmed: true, full: false, compatible: true };

  test.each([
    [{ live: false }, ''],
    [
      { live: false, visitedAt: new Date(2026, 10, 8, 9, 3).getTime() },
      'not open now, last visit 2026-11-08 09:03',
    ],
    [{}, 'open'],
    [{ confirmed: false }, 'maybe open'],
    [{ full: true }, 'full'],
    [{ compatible: false, full: true }, 'update needed'],
  ])('of %o ends with “%s”', (is, status) => {
    expect(roomRow({ ...room, ...open, ...is }, true).at(-1)).toBe(status);
  });
});

describe('exit codes', () => {
  test('every error code has one', () => {
    expect(Object.keys(exitCodes).sort()).toEqual(Object.keys(errorCodes).sort());
  });

  test('docs/cli.md lists all of them', async () => {
    const page = await readFile(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8');
    const listed = Array.from(page.matchAll(/^\| (\d+) +\|/gm), ([, code]) => Number(code));
    expect(listed).toEqual(Object.values(ExitCode));
  });

  test.each([
    [new UsageError('x'), 'usage', 2],
    [new Interrupted(), 'interrupted', 130],
    [new RoomkeyError('RK_IDENTITY_MISMATCH', 'x'), 'RK_IDENTITY_MISMATCH', 4],
    [Object.assign(new Error('x'), { code: 'RK_CONFIG_INVALID' }), 'RK_CONFIG_INVALID', 3],
    [Object.assign(new Error('x'), { code: 'ENOENT' }), 'unexpected', 1],
    [Object.assign(new Error('x'), { code: 'toString' }), 'unexpected', 1],
    ['text', 'unexpected', 1],
  ])('%s is %s and %i', (error, code, exitCode) => {
    expect(failureOf(error)).toMatchObject({ code, exitCode });
  });
});

describe('output', () => {
  const made = (json: boolean, verbose = false) => {
    let out = '';
    let err = '';
    const output = new Output({
      json,
      verbose,
      out: { write: (text) => (out += text) },
      err: { write: (text) => (err += text) },
    });
    return { output, written: () => ({ out, err }) };
  };

  test('for people: results on standard output, the rest on standard error', () => {
    const { output, written } = made(false);
    output.note('Looking …');
    output.result({ a: 1 }, 'one');
    output.warn('careful', { secret: 'field' });
    output.info('detail');
    output.failure({ code: 'RK_CLOSED', message: 'It is closed.', exitCode: 1 });
    expect(written()).toEqual({
      out: 'one\n',
      err: 'Looking …\nwarning: careful\nerror: It is closed.\n',
    });
  });

  test('with --json: documents only on standard output', () => {
    const { output, written } = made(true);
    output.note('Looking …');
    output.result({ a: 1 }, 'one');
    output.result({ a: 'zwei\n' }, 'two');
    output.failure({ code: 'RK_CLOSED', message: 'It is closed.', exitCode: 1 });
    const lines = written().out.split('\n').slice(0, -1);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { a: 1 },
      { a: 'zwei\n' },
      { error: { code: 'RK_CLOSED', message: 'It is closed.' } },
    ]);
    expect(written().err).toBe('Looking …\nerror: It is closed.\n');
  });

  test('a name cannot drive the terminal', () => {
    const { output, written } = made(false);
    output.result({}, 'a\u001b[2Jb\u009b31mc\rd\ne\u0000');
    output.note('\u001b]0;title\u0007x');
    expect(written()).toEqual({ out: 'a[2Jb31mcd\ne\n', err: ']0;titlex\n' });
  });

  test('--verbose prints fields and stacks', () => {
    const { output, written } = made(false, true);
    output.debug('d', { error: new Error('why') });
    output.failure({ code: 'unexpected', message: 'm', exitCode: 1, stack: 'at somewhere' });
    expect(written().err).toBe('debug: d {"error":"why"}\nerror: m\nat somewhere\n');
  });

  test('tables align', () => {
    expect(
      table([
        ['a', 'bb', ''],
        ['ccc', 'd', 'e'],
      ]),
    ).toBe('a    bb\nccc  d   e');
  });
});

describe('passwords', () => {
  /** A person at a keyboard, or a pipe. */
  const person = (isTTY: boolean, environment: Record<string, string> = {}) => {
    const input: PassThrough & { isTTY?: boolean } = new PassThrough();
    if (isTTY) input.isTTY = true;
    const output = new PassThrough();
    let shown = '';
    output.setEncoding('utf8').on('data', (text: string) => (shown += text));
    const keyboard: PasswordInput = input;
    return { input, source: { input: keyboard, output, environment }, shown: () => shown };
  };
  const request = (more: Partial<PasswordRequest> = {}): PasswordRequest => ({
    prompt: 'Password of anna',
    variable: 'ROOMKEY_PASSWORD',
    fromStdin: false,
    signal: new AbortController().signal,
    ...more,
  });

  test.each([
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    ['secret', 'secret'],
    [' se cret \n\n', ' se cret \n'],
    ['', ''],
  ])('standard input %j', async (typed, password) => {
    const { input, source } = person(false, { ROOMKEY_PASSWORD: 'another' });
    input.end(typed);
    expect(await readPassword(request({ fromStdin: true }), source)).toBe(password);
  });

  test('the environment: each request reads its own variable', async () => {
    const both = { ROOMKEY_PASSWORD: 'account', ROOMKEY_ROOM_PASSWORD: 'room' };
    const { source } = person(true, both);
    expect(await readPassword(request(), source)).toBe('account');
    expect(await readPassword(request({ variable: 'ROOMKEY_ROOM_PASSWORD' }), source)).toBe('room');
  });

  test('an empty variable counts as not set', async () => {
    const { source } = person(false, { ROOMKEY_PASSWORD: '' });
    await expect(readPassword(request(), source)).rejects.toThrow('A password is needed');
  });

  test('a prompt without echo, with line editing', async () => {
    const { input, source, shown } = person(true);
    const reading = readPassword(request(), source);
    input.write('secrex\u007ft ö\r');
    expect(await reading).toBe('secret ö');
    expect(shown()).toBe('Password of anna: \n');
  });

  test('a new password is asked for twice', async () => {
    for (const [again, good] of [
      ['secret', true],
      ['sekret', false],
    ] as const) {
      const { input, source, shown } = person(true);
      const reading = readPassword(request({ isNew: true }), source);
      source.output.on('data', (text: string) => {
        if (text.includes('again')) input.write(`${again}\r`);
      });
      input.write('secret\r');
      if (good) expect(await reading).toBe('secret');
      else await expect(reading).rejects.toThrow('The two passwords differ.');
      expect(shown()).not.toContain('secret');
    }
  });

  test('both answers may be pasted at once', async () => {
    const { input, source } = person(true);
    const reading = readPassword(request({ isNew: true }), source);
    input.write('secret\rsecret\r');
    expect(await reading).toBe('secret');
  });

  test.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('%s at the prompt interrupts', async (_name, key) => {
    const { input, source } = person(true);
    const reading = readPassword(request(), source);
    input.write(key);
    await expect(reading).rejects.toBeInstanceOf(Interrupted);
  });

  test('an abort ends the question with its reason', async () => {
    const controller = new AbortController();
    const { source } = person(true);
    const reading = readPassword(request({ signal: controller.signal }), source);
    const reason = new Interrupted();
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
  });

  test('without a terminal a missing password is a usage error that says what to do', async () => {
    const { source } = person(false);
    await expect(readPassword(request(), source)).rejects.toThrow(
      /^A password is needed.*Set ROOMKEY_PASSWORD, or use --password-stdin\.$/,
    );
  });

  describe('the current password and the new one', () => {
    const change = (
      source: Parameters<typeof readPasswordChange>[2],
      fromStdin = false,
    ): ReturnType<typeof readPasswordChange> =>
      readPasswordChange('anna', { fromStdin, signal: new AbortController().signal }, source);

    test.each([
      [{}, ['old', 'new', 'new'], 'Password of anna: '],
      [{ ROOMKEY_PASSWORD: 'old' }, ['new', 'new'], 'New password of anna: '],
      [{ ROOMKEY_NEW_PASSWORD: 'new' }, ['old'], 'Password of anna: '],
    ])('%j, and the rest is asked for', async (environment, typed, first) => {
      const { input, source, shown } = person(true, environment);
      const reading = change(source);
      input.write(typed.map((line) => `${line}\r`).join(''));
      expect(await reading).toEqual(['old', 'new']);
      expect(shown().startsWith(first)).toBe(true);
      expect(shown().split('\n')).toHaveLength(typed.length + 1);
    });

    test('the new one must be the same twice', async () => {
      const { input, source } = person(true);
      const reading = change(source);
      input.write('old\rnew\rnow\r');
      await expect(reading).rejects.toThrow('The two passwords differ.');
    });

    test.each([
      ['old\nnew\n', true],
      ['old\r\nnew', true],
      ['old\n', false],
      ['old\nnew\nmore\n', false],
    ])('standard input %j', async (typed, good) => {
      const { input, source } = person(false);
      input.end(typed);
      if (good) expect(await change(source, true)).toEqual(['old', 'new']);
      else await expect(change(source, true)).rejects.toThrow('two lines');
    });

    test('the error names both if both are missing', async () => {
      const { source } = person(false);
      await expect(change(source)).rejects.toThrow(
        'Set ROOMKEY_PASSWORD and ROOMKEY_NEW_PASSWORD, or use --password-stdin.',
      );
    });
  });
});

describe('discover --watch', () => {
  test('reports live rooms: a stored one is found when it opens, and lost when it closes', () => {
    const reported: string[] = [];
    const onChange = onLiveRooms((type, { id, live }) => {
      reported.push(`${type} ${id}`);
      expect(live).toBe(type !== 'lost');
    });
    const change = (type: RoomChange['type'], id: string, live: boolean): void =>
      onChange({ type, room: { id, live } as RoomEntry });
    change('found', 'stored', false);
    change('found', 'nearby', true);
    change('changed', 'stored', true);
    change('changed', 'nearby', true);
    change('changed', 'stored', false);
    change('lost', 'stored', false);
    change('lost', 'nearby', true);
    expect(reported).toEqual([
      'found nearby',
      'found stored',
      'changed nearby',
      'lost stored',
      'lost nearby',
    ]);
  });
});
