import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { COMMAND, ended, workplace } from './support.js';

// cspell:ignore acount jsno lgin psecret storge

// Some tests start a dozen processes, and scrypt is slow by design.
vi.setConfig({ testTimeout: 120_000 });

const error = (code: string) => ({
  error: { code, message: expect.any(String) as string },
});

describe('the command itself', () => {
  test('--version prints the version', async () => {
    const { run } = await workplace();
    const manifest = await readFile(join(COMMAND, '../../package.json'), 'utf8');
    const { version } = JSON.parse(manifest) as { version: string };
    for (const args of [['--version'], ['-V'], ['account', '--version']]) {
      expect(await run(args)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    }
  });

  test('--help lists every command and goes to standard output', async () => {
    const { run } = await workplace();
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    for (const name of 'account people room storage directory discover join demo plugins config'.split(
      ' ',
    )) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    }
  });

  test('join --help names every camera', async () => {
    const { run } = await workplace();
    const { stdout } = await run(['join', '--help']);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'pattern, opencv, opencv:NUMBER, file:PATH, url:URL or pipeline:PIPELINE',
    );
  });

  test.each([
    [[], 'Name a command.'],
    [['account'], 'Name a command.'],
    [['acount', 'whoami'], 'Did you mean account?'],
    [['account', 'login'], "missing required argument 'name'"],
    [['account', 'whoami', '--jsno'], 'Did you mean --json?'],
    [['account', 'whoami', 'now'], 'too many arguments'],
    [['acount'], 'See: roomkey --help.'],
    [['account', 'lgin'], 'See: roomkey account --help.'],
    [['account', 'login'], 'See: roomkey account login --help.'],
    [['room', 'create', '--config', 'join'], 'See: roomkey room create --help.'],
    [['join', 'x', '--fps', '500'], 'a whole number from 1 to 120. See: roomkey join --help.'],
    [['demo', '--quality', '0.5'], 'a whole number from 1 to 100. See: roomkey demo --help.'],
    [['join', 'x', '--size', '8x8'], 'WIDTHxHEIGHT, 16x16 to 7680x4320, such as 1280x720.'],
    [['join', 'x', '--size', '640'], 'WIDTHxHEIGHT, 16x16 to 7680x4320, such as 1280x720.'],
    [['join', 'x', '--frames', '1.5'], 'It must be a whole number above 0.'],
    [['join', 'x', '--for', ''], 'It must be a number above 0.'],
  ])('%j is a usage error', async (args, expected) => {
    const { run } = await workplace();
    const people = await run(args);
    expect(people).toMatchObject({ code: 2, stdout: '' });
    expect(people.stderr).toContain(expected);
    const json = await run(['--json', ...args]);
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject(error('usage'));
    expect(json.stdout).toContain(JSON.stringify(expected).slice(1, -1));
  });

  test.each([
    [['join', 'x', '--password', 'secret'], 'ROOMKEY_ROOM_PASSWORD or --password-stdin'],
    [['join', 'x', '--password=secret'], 'ROOMKEY_ROOM_PASSWORD or --password-stdin'],
    [['join', 'x', "--pass=it's 'secret'"], 'ROOMKEY_ROOM_PASSWORD or --password-stdin'],
    [['join', 'x', '-psecret'], 'ROOMKEY_ROOM_PASSWORD or --password-stdin'],
    [['account', 'login', 'x', '--password=secret'], 'reads ROOMKEY_PASSWORD or --password-stdin'],
    [['account', 'password', 'secret'], 'reads ROOMKEY_PASSWORD or --password-stdin'],
    [['room', 'create', 'x', '--password', 'secret'], 'you choose it when you open the room'],
    [['room', 'create', 'x', '--password=secret'], 'you choose it when you open the room'],
    [['discover', '--token=secret'], "unknown option '--token'."],
  ])('%j says where a password goes, and does not print it', async (args, expected) => {
    const { run } = await workplace();
    const { code, stdout, stderr } = await run([...args, '--json']);
    expect(code).toBe(2);
    expect(stderr).toContain(expected);
    expect(JSON.parse(stdout)).toMatchObject(error('usage'));
    expect(stdout + stderr).not.toContain('secret');
  });

  test('the demo prints why a side did not start', async () => {
    const { run } = await workplace();
    const { code, stdout } = await run(['demo', '--camera', 'file:missing.mp4', '--json']);
    // Without OpenCV the camera is missing, and with it the file.
    const { error: failure } = JSON.parse(stdout) as { error: { code: string } };
    expect([
      [3, 'RK_PLUGIN_UNAVAILABLE'],
      [5, 'RK_CAMERA_NOT_FOUND'],
    ]).toContainEqual([code, failure.code]);
  });

  test('without a build the command says how to build it', async () => {
    const { folder } = await workplace();
    await mkdir(join(folder, 'bin'));
    await cp(COMMAND, join(folder, 'bin/roomkey.js'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    const { spawn } = await import('node:child_process');
    const result = await ended(spawn(process.execPath, [join(folder, 'bin/roomkey.js')]));
    expect(result).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Roomkey is not built yet. Build it with: npm run build\n',
    });
  });
});

describe('desktop', () => {
  test('with a missing browser prints one error and opens nothing', async () => {
    const { folder, run } = await workplace();
    const browser = join(folder, 'nope');
    const people = await run(['desktop', '--browser', browser]);
    expect(people).toMatchObject({ code: 5, stdout: '' });
    expect(people.stderr).toMatch(/^error: There is no program \S+nope [^\n]+\n$/);
    const json = await run(['desktop', '--json'], { environment: { ROOMKEY_BROWSER: browser } });
    expect(json.code).toBe(5);
    expect(JSON.parse(json.stdout)).toEqual(error('RK_BROWSER_NOT_FOUND'));
  });
});

describe('account, people and room', () => {
  test('an account is created, used, signed out and signed in', async () => {
    const { run } = await workplace();
    const environment = { ROOMKEY_PASSWORD: 'correct horse' };
    const made = await run(['account', 'create', 'Anna', '--json'], { environment });
    expect(made.code).toBe(0);
    const anna: unknown = JSON.parse(made.stdout);
    expect(anna).toEqual({
      name: 'Anna',
      fingerprint: expect.stringMatching(/^([0-9a-f]{4}-){4}[0-9a-f]{4}$/) as string,
    });
    expect(JSON.parse((await run(['account', 'whoami', '--json'])).stdout)).toMatchObject(
      anna as object,
    );

    const room = ['room', 'create', 'Lab', '--password', '--json'];
    expect(JSON.parse((await run(room)).stdout)).toMatchObject({
      name: 'Lab',
      password: true,
      mine: true,
      open: false,
      owner: anna,
    });
    const again = await run(room);
    expect(again.code).toBe(4);
    expect(JSON.parse(again.stdout)).toMatchObject(error('RK_ROOM_EXISTS'));
    const listed = await run(['room', 'list', '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject({ rooms: [{ name: 'Lab', stored: true }] });
    const shown = (await run(['room', 'show', 'lab'])).stdout;
    expect(shown).toMatch(/^owner +Anna/m);
    expect(shown).toMatch(/^open +not known/m);
    const forgotten = await run(['room', 'forget', 'lab', '--json']);
    expect(forgotten.code).toBe(5);
    expect(forgotten.stderr).toContain('roomkey room delete "Lab"');
    expect(JSON.parse((await run(['people', 'list', '--json'])).stdout)).toEqual({ people: [] });
    const stranger = await run(['people', 'accept', 'Mallory', '--json']);
    expect(stranger.code).toBe(5);
    expect(JSON.parse(stranger.stdout)).toMatchObject(error('RK_IDENTITY_UNKNOWN'));
    expect((await run(['room', 'delete', 'Lab'])).code).toBe(0);
    const gone = await run(['room', 'show', 'Lab', '--json']);
    expect(gone.code).toBe(5);
    expect(JSON.parse(gone.stdout)).toMatchObject(error('RK_ROOM_NOT_FOUND'));

    expect((await run(['account', 'logout'])).code).toBe(0);
    const signedOut = await run(['account', 'whoami', '--json']);
    expect(signedOut.code).toBe(4);
    expect(JSON.parse(signedOut.stdout)).toMatchObject(error('RK_ACCOUNT_SIGNED_OUT'));
    expect(signedOut.stderr).toContain('error: No one is signed in.');
    expect(signedOut.stderr).toContain('`roomkey account login NAME`');

    const login = ['account', 'login', 'anna', '--password-stdin'];
    const wrong = await run([...login, '--json'], { input: 'wrong horse\n' });
    expect(wrong.code).toBe(4);
    expect(JSON.parse(wrong.stdout)).toMatchObject(error('RK_ACCOUNT_REFUSED'));
    const right = await run(login, { input: 'correct horse\n' });
    expect(right).toMatchObject({ code: 0, stdout: expect.stringContaining('Anna') as string });
  });

  test('without a terminal a missing password is an error', async () => {
    const { run } = await workplace();
    const { code, stderr } = await run(['account', 'create', 'Anna']);
    expect(code).toBe(2);
    expect(stderr).toContain('Set ROOMKEY_PASSWORD, or use --password-stdin.');
  });

  test('account create refuses a name before it asks for a password', async () => {
    const { run } = await workplace();
    await run(['account', 'create', 'Anna'], {
      environment: { ROOMKEY_PASSWORD: 'correct horse' },
    });
    const taken = await run(['account', 'create', 'anna', '--json']);
    expect(taken.code).toBe(4);
    expect(JSON.parse(taken.stdout)).toMatchObject(error('RK_ACCOUNT_EXISTS'));
    expect(taken.stderr).toContain('`roomkey account login "anna"`');
    const none = await run(['account', 'create', ' ', '--json']);
    expect(none.code).toBe(2);
    expect(JSON.parse(none.stdout)).toMatchObject(error('RK_ACCOUNT_NAME_INVALID'));
  });

  test('a room has a password if the variable is set', async () => {
    const { folder, run } = await workplace();
    const environment = { ROOMKEY_PASSWORD: 'correct horse', ROOMKEY_ROOM_PASSWORD: 'sesame' };
    await run(['account', 'create', 'Anna'], { environment });
    const locked = await run(['room', 'create', 'A', '--json'], { environment });
    expect(JSON.parse(locked.stdout)).toMatchObject({ password: true });
    expect(JSON.parse((await run(['room', 'create', 'B', '--json'])).stdout)).toMatchObject({
      password: false,
    });
    const join = ['join', 'A', '--camera', 'pattern', '--json'];
    const empty = await run([...join, '--password-stdin'], { input: '\n' });
    expect(empty.code).toBe(4);
    expect(JSON.parse(empty.stdout)).toMatchObject(error('RK_ROOM_PASSWORD_REQUIRED'));
    expect(empty.stderr).toContain('Your room “A” needs a password.');
    // The room is not opened if the video cannot be written.
    const nowhere = await run([...join, '--out', `${folder}/none/a.mjpeg`], { environment });
    expect(nowhere.code).toBe(2);
    expect(JSON.parse(nowhere.stdout)).toMatchObject(error('usage'));
    expect(nowhere.stderr).toContain(
      `: the folder ${folder}/none does not exist. Create it, or choose another file with --out.`,
    );
  });
});

describe('config', () => {
  test('init writes a valid configuration and its schema, once', async () => {
    const { folder, run } = await workplace();
    const file = join(folder, 'roomkey.config.json');
    expect((await run(['config', 'init'])).code).toBe(0);
    const schema = JSON.parse(
      await readFile(join(folder, 'roomkey.schema.json'), 'utf8'),
    ) as object;
    expect(schema).toMatchObject({ title: 'roomkey.config.json' });
    expect(JSON.stringify(schema)).toContain('"const":"@roomkey/discovery-udp"');
    expect(JSON.parse((await run(['config', 'schema', '--json'])).stdout)).toEqual(schema);
    expect(JSON.parse((await run(['config', 'check', '--json'])).stdout)).toEqual({
      file,
      valid: true,
      missing: ['MONGO_URI'],
    });
    await writeFile(file, '{"version":1}');
    const again = await run(['config', 'init', '--json']);
    expect(again.code).toBe(3);
    expect(JSON.parse(again.stdout)).toMatchObject(error('RK_CONFIG_EXISTS'));
    expect(await readFile(file, 'utf8')).toBe('{"version":1}');
    expect((await run(['config', 'init', '--force'])).code).toBe(0);
    const nowhere = await run(['config', 'init', '--config', join(folder, 'none/a.json')]);
    expect(nowhere.code).toBe(2);
    expect(nowhere.stderr).toContain(`the folder ${join(folder, 'none')} does not exist.`);
  });

  test('show prints the names of variables, never their values', async () => {
    const { folder, run } = await workplace();
    const folderSetting = { folder: { env: 'STORE' } };
    const storage = { use: '@roomkey/storage-json', config: folderSetting };
    const device = { device: { env: 'UNSET' } };
    const opencv = { use: '@roomkey/camera-opencv', config: device };
    const camera = { firstOf: [opencv, '@roomkey/camera-pattern'] };
    const config = { version: 1, services: { storage, camera } };
    await writeFile(join(folder, 'roomkey.config.json'), JSON.stringify(config));
    await writeFile(join(folder, '.env'), 'STORE=very secret\n');
    for (const args of [
      ['config', 'show'],
      ['config', 'show', '--json'],
      ['config', 'check'],
    ]) {
      const { code, stdout, stderr } = await run(args);
      expect(code).toBe(0);
      expect(stdout + stderr).not.toContain('very secret');
    }
    const literal = { use: '@roomkey/storage-mongo', config: { uri: 'mongodb://u:s3cr@t@h/lab' } };
    const other = join(folder, 'literal.json');
    await writeFile(other, JSON.stringify({ version: 1, services: { storage: literal } }));
    for (const args of [[], ['--json']]) {
      const shown = await run(['config', 'show', '--config', other, ...args]);
      expect(shown.stdout).toContain('mongodb://***@h/lab');
    }
    const { stdout } = await run(['config', 'show', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      services: {
        storage: { plugins: [{ config: { folder: { env: 'STORE', set: true } } }] },
        camera: { plugins: [{ config: { device: { env: 'UNSET', set: false } } }, {}] },
      },
    });
    expect(JSON.parse((await run(['config', 'check', '--json'])).stdout)).toMatchObject({
      missing: ['UNSET'],
    });
  });

  test('check fails if no plugin of a service can be used without a variable', async () => {
    const { folder, run } = await workplace();
    const mongo = (env: string) => ({ use: '@roomkey/storage-mongo', config: { uri: { env } } });
    const file = join(folder, 'roomkey.config.json');
    const check = async (storage: object) => {
      await writeFile(file, JSON.stringify({ version: 1, services: { storage } }));
      return await run(['config', 'check', '--json']);
    };
    for (const storage of [mongo('ONE'), { firstOf: [mongo('ONE'), mongo('TWO')] }]) {
      const { code, stdout, stderr } = await check(storage);
      expect(code).toBe(3);
      expect(JSON.parse(stdout)).toMatchObject(error('RK_CONFIG_ENV_MISSING'));
      expect(stderr).toContain('No plugin for services.storage can be used');
      expect(stderr).toContain('ONE');
      // Which is what a command that needs the store says.
      expect((await run(['room', 'list'])).code).toBe(3);
    }
    await writeFile(join(folder, '.env'), 'TWO=mongodb://127.0.0.1/lab\n');
    expect((await check({ firstOf: [mongo('ONE'), mongo('TWO')] })).code).toBe(0);
  });

  test.each([
    ['{"version":1,}', 'RK_CONFIG_INVALID'],
    ['{"version":1,"services":{"storge":"x"}}', 'RK_CONFIG_INVALID'],
    ['{"version":1,"services":{"storage":"@acme/none"}}', 'RK_PLUGIN_NOT_FOUND'],
    [
      '{"version":1,"services":{"discovery":{"use":"@roomkey/discovery-udp","config":{"prot":1}}}}',
      'RK_CONFIG_INVALID',
    ],
  ])('%s is refused', async (text, code) => {
    const { folder, run } = await workplace();
    await writeFile(join(folder, 'mine.json'), text);
    const checked = await run(['config', 'check', '--config', 'mine.json', '--json']);
    expect(checked.code).toBe(3);
    expect(JSON.parse(checked.stdout)).toMatchObject(error(code));
  });
});

describe('plugins', () => {
  test('list prints every plugin, and check the plugin of each service', async () => {
    const { folder, run } = await workplace();
    const pattern = '@roomkey/camera-pattern';
    const config = { version: 1, services: { camera: pattern, cipher: './gone.js' } };
    await writeFile(join(folder, 'roomkey.config.json'), JSON.stringify(config));
    const listed = await run(['plugins', 'list', '--json']);
    expect(listed.code).toBe(3);
    const { plugins } = JSON.parse(listed.stdout) as { plugins: object[] };
    expect(plugins).toContainEqual(
      expect.objectContaining({
        service: 'camera',
        use: pattern,
        name: pattern,
        apiVersion: '1.0',
      }),
    );
    expect(plugins).toContainEqual(
      expect.objectContaining({ use: './gone.js', ...error('RK_PLUGIN_NOT_FOUND') }),
    );

    const checked = await run(['plugins', 'check', '--json']);
    expect(checked.code).toBe(3);
    const { services } = JSON.parse(checked.stdout) as { services: object[] };
    expect(services).toContainEqual(
      expect.objectContaining({
        service: 'camera',
        ok: true,
        plugins: [expect.objectContaining({ name: pattern, skipped: [] })],
      }),
    );
    expect(services).toContainEqual(
      expect.objectContaining({ service: 'cipher', ok: false, ...error('RK_PLUGIN_NOT_FOUND') }),
    );
  });
});

describe('signals', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s ends discover --watch with 130', async (signal) => {
    const { start } = await workplace();
    const child = start(['discover', '--watch']);
    const end = ended(child);
    await new Promise<void>((resolve) => {
      child.stderr?.on('data', (text: string) => {
        if (text.includes('Ctrl-C')) resolve();
      });
    });
    child.kill(signal);
    expect((await end).code).toBe(130);
  });
});

describe('a reader that has gone', () => {
  test('ends discover --watch quietly', async () => {
    const { run, start } = await workplace();
    await run(['account', 'create', 'Anna'], {
      environment: { ROOMKEY_PASSWORD: 'correct horse' },
    });
    await run(['room', 'create', 'Lab']);
    const host = start(['join', 'Lab', '--camera', 'pattern', '--size', '320x180']);
    await new Promise<void>((resolve) => {
      host.stderr?.on('data', (text: string) => {
        if (text.includes('Waiting in')) resolve();
      });
    });
    const child = start(['discover', '--watch']);
    const end = ended(child);
    child.stdout?.destroy();
    expect(await end).toEqual({
      code: 0,
      stdout: '',
      stderr: 'Looking for rooms; Ctrl-C ends it.\n',
    });
  });
});
