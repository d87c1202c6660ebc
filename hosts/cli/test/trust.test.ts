import { spawn } from 'node:child_process';
import { chmod, chown, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { describeWith } from '../../../test/support/optional.js';
import { COMMAND, ended, workplace } from './support.js';

vi.setConfig({ testTimeout: 60_000 });

/** The code of a plugin that writes the file `mark` when it runs. */
const planted = (mark: string, name = '@roomkey/cipher-aes-gcm') => `
  import { writeFileSync } from 'node:fs';
  writeFileSync(${JSON.stringify(mark)}, 'ran');
  export default {
    [Symbol.for('roomkey.plugin')]: true, name: '${name}', apiVersion: '1.0',
    provides: { kind: 'cipher' },
    configSchema: { '~standard': { version: 1, vendor: 'x', validate: (value) => ({ value }) } },
    create: () => ({}),
  };`;
/** Ids of two users without rights. */
const USER = 65_534;
const OTHER_USER = 65_533;
/**
 * Runs the command as `USER`. That user may have no access to the checkout, so the script binds the
 * checkout to /mnt, in its own mount namespace.
 */
const AS_USER = `mount --bind "$0" /mnt && cd "$1" && shift &&
  exec setpriv --reuid=${USER} --regid=${USER} --clear-groups "$@"`;
const ROOT = join(import.meta.dirname, '../../..');
const CONFIG = JSON.stringify({ version: 1, services: { cipher: './mine.mjs' } });

interface Service {
  service: string;
  ok: boolean;
  error?: { code: string; message: string };
  files?: string[];
  plugins?: { name: string; file?: string }[];
}

async function setup() {
  const { folder, run } = await workplace();
  const put = async (path: string, text: string, mode = 0o644) => {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    await chmod(file, mode);
    return file;
  };
  const check = async (args: readonly string[] = [], cwd = folder) => {
    const child = spawn(process.execPath, [COMMAND, 'plugins', 'check', '--json', ...args], {
      cwd,
      env: { PATH: process.env['PATH'], ROOMKEY_HOME: join(folder, 'home') },
    });
    const { stdout, stderr } = await ended(child);
    const { services = [], error } = JSON.parse(stdout) as {
      services?: Service[];
      error?: { code: string; message: string };
    };
    return { cipher: services.find(({ service }) => service === 'cipher'), error, stderr };
  };
  /** The error of the cipher's check, or of the whole command. */
  const refusal = async (args: readonly string[] = []) => {
    const { cipher, error } = await check(args);
    return cipher?.error ?? error;
  };
  const mark = join(folder, 'mark');
  return { folder, run, put, check, refusal, mark };
}

const untrusted = (...parts: readonly string[]) => ({
  code: 'RK_FILE_UNTRUSTED',
  message: expect.stringMatching(new RegExp(parts.join('[^]*'))) as string,
});

describe('in the working directory', () => {
  test('without a configuration no package of the folder, or of one above, runs', async () => {
    const { folder, put, check, mark } = await setup();
    const root = 'node_modules/@roomkey/cipher-aes-gcm';
    await put(`${root}/package.json`, '{"type":"module","exports":"./a.js"}');
    await put(`${root}/a.js`, planted(mark));
    const deep = join(folder, 'deep');
    await mkdir(deep);
    for (const cwd of [folder, deep]) {
      const { cipher } = await check([], cwd);
      expect(cipher).toMatchObject({ ok: true, plugins: [{ name: '@roomkey/cipher-aes-gcm' }] });
      expect(cipher?.plugins?.[0]).not.toHaveProperty('file');
    }
    await expect(chmod(mark, 0o600)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('the user’s own configuration is used with a note, and its plugins are shown', async () => {
    const { put, check, run, mark } = await setup();
    const config = await put('roomkey.config.json', CONFIG);
    const dotEnv = await put('.env', 'A=1\n');
    const file = await put('mine.mjs', planted(mark, 'mine'));
    const { cipher, stderr } = await check();
    expect(cipher).toMatchObject({ ok: true, plugins: [{ name: 'mine', file }] });
    expect(stderr).toContain(`note: The configuration of this folder is used: ${config}\n`);
    expect(stderr).toContain(`note: The variables of this folder are used: ${dotEnv}\n`);
    expect(stderr.match(/note: /g)).toHaveLength(2);
    expect((await run(['plugins', 'check'])).stdout).toContain(`mine (${file})`);
    expect((await check(['--config', 'roomkey.config.json'])).stderr).not.toContain('note: ');
  });

  test('a plugin that fails is shown with its file', async () => {
    const { put, check } = await setup();
    await put('roomkey.config.json', CONFIG);
    const file = await put(
      'mine.mjs',
      planted('/dev/null').replace('create: () => ({})', "create: () => { throw new Error('x'); }"),
    );
    expect((await check()).cipher).toMatchObject({ ok: false, files: [file] });
  });
});

describe('files that others may write are refused', () => {
  test.each([
    ['the configuration', 'roomkey.config.json'],
    ['.env', '.env'],
    ['the plugin', 'mine.mjs'],
    ['a module that the plugin imports', 'lib/part.mjs'],
  ])('%s', async (_what, path) => {
    const { folder, put, refusal, mark } = await setup();
    await put('roomkey.config.json', CONFIG);
    await put('.env', 'A=1\n');
    await put('mine.mjs', `import './lib/part.mjs';\n${planted(mark)}`);
    await put('lib/part.mjs', 'export {};\n');
    expect(await refusal()).toBeUndefined();
    const file = join(folder, path);
    await chmod(file, 0o666);
    expect(await refusal()).toEqual(untrusted(`chmod go-w "${file}"`));
    await chmod(file, 0o644);
    await chmod(dirname(file), 0o777);
    expect(await refusal()).toEqual(untrusted(`chmod go-w "${dirname(file)}"`));
    // Like /tmp, with the sticky bit: others may not replace the file.
    await chmod(dirname(file), 0o1777);
    expect(await refusal()).toBeUndefined();
  });

  test('a file of a package that its entry does not import, also through a link', async () => {
    const { folder, put, refusal, mark } = await setup();
    await put('roomkey.config.json', CONFIG.replace('./mine.mjs', 'mine'));
    await put('real/package.json', '{"type":"module","exports":"./a.js"}');
    await put('real/a.js', planted(mark));
    const other = await put('real/lib/other.js', '', 0o666);
    await mkdir(join(folder, 'node_modules'));
    await symlink('../real', join(folder, 'node_modules/mine'));
    expect(await refusal()).toEqual(untrusted('chmod go-w', other));
    await chmod(other, 0o644);
    expect(await refusal()).toBeUndefined();
    await chmod(join(folder, 'real'), 0o777);
    expect(await refusal()).toEqual(untrusted('chmod go-w', join(folder, 'real')));
  });

  test('the target of a link', async () => {
    const { folder, put, refusal, mark } = await setup();
    await put('open/real.json', CONFIG);
    await chmod(join(folder, 'open'), 0o777);
    await put('mine.mjs', planted(mark));
    await symlink('open/real.json', join(folder, 'roomkey.config.json'));
    expect(await refusal()).toEqual(untrusted('roomkey.config.json', join(folder, 'open')));
  });

  test('a node_modules folder above the plugin, from which it could import', async () => {
    const { folder, put, refusal, mark } = await setup();
    await put('etc/roomkey.config.json', CONFIG);
    await put('etc/mine.mjs', planted(mark));
    await put('node_modules/zod/index.js', '');
    await chmod(join(folder, 'node_modules'), 0o777);
    const config = ['--config', 'etc/roomkey.config.json'];
    expect(await refusal(config)).toEqual(untrusted('chmod go-w', join(folder, 'node_modules')));
  });
});

describeWith('users', 'files that belong to someone else', () => {
  /** Runs the check as an unprivileged user who owns the files. */
  async function asUser() {
    const here = await setup();
    const { folder, put, mark } = here;
    await put('roomkey.config.json', CONFIG);
    await put('.env', 'A=1\n');
    await put('mine.mjs', planted(mark));
    const paths = ['', 'roomkey.config.json', '.env', 'mine.mjs'].map((path) => join(folder, path));
    for (const path of paths) await chown(path, USER, USER);
    const refusal = async () => {
      const command = [process.execPath, join('/mnt', relative(ROOT, COMMAND))];
      const child = spawn(
        'unshare',
        ['--mount', 'sh', '-c', AS_USER, ROOT, folder, ...command, 'plugins', 'check', '--json'],
        { env: { PATH: process.env['PATH'], ROOMKEY_HOME: join(folder, 'home') } },
      );
      const { stdout } = await ended(child);
      const { services, error } = JSON.parse(stdout) as { services?: Service[]; error?: unknown };
      return error ?? services?.find(({ service }) => service === 'cipher')?.error;
    };
    return { ...here, refusal };
  }

  test.each(['roomkey.config.json', '.env', 'mine.mjs'])('%s is refused', async (path) => {
    const { folder, refusal } = await asUser();
    expect(await refusal()).toBeUndefined();
    // Files of root are accepted like the user's own.
    await chown(join(folder, path), 0, 0);
    expect(await refusal()).toBeUndefined();
    await chown(join(folder, path), OTHER_USER, OTHER_USER);
    expect(await refusal()).toEqual(untrusted(join(folder, path), 'belongs to', 'chown'));
  });

  test('someone else’s link is refused, even to the user’s own file', async () => {
    const { folder, refusal } = await asUser();
    const { lchown } = await import('node:fs/promises');
    const config = join(folder, 'roomkey.config.json');
    await rename(config, join(folder, 'own.json'));
    await symlink('own.json', config);
    await lchown(config, OTHER_USER, OTHER_USER);
    expect(await refusal()).toEqual(untrusted(config, 'belongs to'));
  });

  test('root is refused them too, but accepts the owner of the file of --config, with a note', async () => {
    const { folder, check, refusal, mark, put } = await setup();
    const files = [
      await put('roomkey.config.json', CONFIG),
      await put('.env', 'A=1\n'),
      await put('mine.mjs', planted(mark)),
    ];
    for (const path of [folder, ...files]) await chown(path, OTHER_USER, OTHER_USER);
    expect(await refusal()).toEqual(untrusted('belongs to', '--config'));
    const { cipher, stderr } = await check(['--config', 'roomkey.config.json']);
    expect(cipher).toMatchObject({ ok: true });
    expect(stderr).toContain(`note: ${files[0]} belongs to the user with the number ${OTHER_USER}`);
    await chown(files[2]!, USER, USER);
    expect(await refusal(['--config', 'roomkey.config.json'])).toEqual(untrusted('belongs to'));
  });
});
