import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as crypto from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { hasCode, type JsonObject, type JsonValue } from '@roomkey/core';
import { MemoryBackend, MemoryStorage } from '@roomkey/core/conformance';
import { Accounts } from '../../src/people/index.js';
import { People } from '../../src/people/people.js';
import { nameKey } from '../../src/people/names.js';
import { verifySignature } from '../../src/secure/identity.js';
import { testCipher } from '../support/cipher.js';

/** Every scrypt that is computed, and how many ran at once. */
const hashing = vi.hoisted(() => ({ options: [] as unknown[], running: 0, peak: 0 }));

vi.mock('node:crypto', async (original) => {
  const real = await original<typeof crypto>();
  const scrypt = (...args: Parameters<typeof crypto.scrypt>) => {
    const [password, salt, length, options, done] = args;
    hashing.options.push(options);
    hashing.running += 1;
    hashing.peak = Math.max(hashing.peak, hashing.running);
    real.scrypt(password, salt, length, options, (error, key) => {
      hashing.running -= 1;
      done(error, key);
    });
  };
  return { ...real, scrypt };
});

const PASSWORD = 'correct horse';
const code = (expected: string): Error => expect.objectContaining({ code: expected }) as Error;
const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };

let folder: string;
let disk: MemoryBackend;
let storage: MemoryStorage;
let now: number;
let accounts: Accounts;

function open(store = storage): Accounts {
  return new Accounts({
    storage: store,
    cipher: testCipher,
    configFolder: folder,
    storeName: 'memory',
    people: new People({ configFolder: folder }),
    logger,
    now: () => now,
  });
}

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'roomkey-accounts-')), 'config');
  disk = new MemoryBackend();
  storage = new MemoryStorage(disk);
  now = 1_700_000_000_000;
  accounts = open();
  hashing.options.length = 0;
  hashing.peak = 0;
});
afterEach(() => rm(join(folder, '..'), { recursive: true }));

/** Anna's account as it is stored; made once, since scrypt takes its time. */
let anna: JsonObject;
beforeAll(async () => {
  const configFolder = await mkdtemp(join(tmpdir(), 'roomkey-accounts-'));
  const maker = new MemoryStorage();
  await new Accounts({
    storage: maker,
    storeName: '',
    cipher: testCipher,
    configFolder,
    people: new People({ configFolder }),
    logger,
  }).create('Anna', PASSWORD);
  anna = (await maker.list('users'))[0]!.value;
  await rm(configFolder, { recursive: true });
});

async function givenAnna(changes: JsonObject = {}): Promise<void> {
  await storage.insert('users', nameKey('Anna'), { ...anna, ...changes });
}

async function stored(name: string): Promise<Record<string, JsonValue>> {
  return { ...(await storage.get('users', nameKey(name)))?.value };
}

/** Changes an account as an attacker with access to the store could. */
async function tamper(name: string, change: JsonObject): Promise<void> {
  const document = await storage.get('users', nameKey(name));
  await storage.replace('users', nameKey(name), document!.revision, {
    ...document!.value,
    ...change,
  });
}

describe('Accounts', () => {
  it('creates an account, signs in, stays signed in, signs out', async () => {
    const created = await accounts.create(' Anna ', PASSWORD);
    expect(created.name).toBe('Anna');
    expect(await accounts.current()).toBeUndefined();
    await expect(accounts.require()).rejects.toThrow(code('RK_ACCOUNT_SIGNED_OUT'));

    const signedIn = await accounts.signIn('ANNA', PASSWORD);
    expect(signedIn.name).toBe('Anna');
    const message = new Uint8Array([1, 2, 3]);
    const proof = signedIn.identity.sign(message);
    expect(verifySignature(created.identity.publicKey, message, proof)).toBe(true);

    const later = await open().require();
    expect(later.name).toBe('Anna');
    expect(later.identity.publicKey).toEqual(created.identity.publicKey);
    await accounts.signOut();
    await accounts.signOut();
    expect(await accounts.current()).toBeUndefined();
  });

  it('unlocks for one command and keeps nothing', async () => {
    const created = await accounts.create('Anna', PASSWORD);
    const { identity } = await accounts.unlock('anna', PASSWORD);
    expect(identity.publicKey).toEqual(created.identity.publicKey);
    expect(await accounts.current()).toBeUndefined();
  });

  it('stores neither the password nor the private key in the clear', async () => {
    await accounts.create('Anna', PASSWORD);
    await accounts.signIn('Anna', PASSWORD);
    const path = join(folder, 'session.json');
    const { seed } = JSON.parse(await readFile(path, 'utf8')) as { seed: string };
    const text = JSON.stringify(await storage.list('users'));
    expect(text).not.toContain(seed);
    expect(text).not.toContain(Buffer.from(seed, 'hex').toString('base64').slice(0, 20));
    expect(text).not.toContain(PASSWORD);
    expect(await readFile(path, 'utf8')).not.toContain(PASSWORD);
    if (process.platform !== 'win32') {
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect((await stat(folder)).mode & 0o777).toBe(0o700);
    }
    // RFC 7914 with OWASP's setting, and half of 64 bytes as the verifier.
    const { password } = await stored('Anna');
    const parts = /^\$scrypt\$ln=17,r=8,p=1\$([^$]+)\$([^$]+)$/.exec(password as string);
    const salt = Buffer.from(parts![1]!, 'base64');
    const options = { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 };
    const expected = crypto.scryptSync(PASSWORD, salt, 64, options).subarray(0, 32);
    expect(salt).toHaveLength(16);
    expect(Buffer.from(parts![2]!, 'base64')).toEqual(expected);
  });

  it('stores of an imported account scrypt over the hash, with the same setting', async () => {
    const hash = crypto.createHash('sha256').update(PASSWORD).digest('hex');
    await accounts.import([{ name: 'Anna', hash }]);
    const { legacyPassword } = await stored('Anna');
    const parts = /^\$scrypt\$ln=17,r=8,p=1\$([^$]+)\$([^$]+)$/.exec(legacyPassword as string);
    const options = { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 };
    const output = crypto.scryptSync(hash, Buffer.from(parts![1]!, 'base64'), 64, options);
    expect(Buffer.from(parts![2]!, 'base64')).toEqual(output.subarray(0, 32));
  });

  it('knows a password in whatever Unicode form it is typed', async () => {
    await accounts.create('Anna', 'cafe\u0301-passwort');
    await accounts.unlock('Anna', 'café-passwort');
  });

  it('refuses names and passwords that are not allowed, beside the field', async () => {
    await expect(accounts.create('a\u202eb', PASSWORD)).rejects.toThrow(
      code('RK_ACCOUNT_NAME_INVALID'),
    );
    for (const password of ['', '1234567', '👩👩👩👩', 'e\u0301'.repeat(7), 'ä'.repeat(513)]) {
      await expect(accounts.create('Anna', password)).rejects.toThrow(
        code('RK_ACCOUNT_PASSWORD_INVALID'),
      );
    }
    expect(hashing.options).toEqual([]);
    expect(await storage.list('users')).toEqual([]);
  });

  it('lets one of two that take a name at once win', async () => {
    const results = await Promise.allSettled([
      accounts.create('Anna', PASSWORD),
      open(new MemoryStorage(disk)).create('ANNA', PASSWORD),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(accounts.create('anna', PASSWORD)).rejects.toThrow(code('RK_ACCOUNT_EXISTS'));
    expect(await storage.list('users')).toHaveLength(1);
  });

  it('answers a wrong password and an unknown name alike, with the same work', async () => {
    await givenAnna();
    hashing.options.length = 0;
    const wrong = await accounts.signIn('Anna', 'wrong horse').catch((error: unknown) => error);
    const unknown = await accounts.signIn('Eve', PASSWORD).catch((error: unknown) => error);
    expect(wrong).toEqual(code('RK_ACCOUNT_REFUSED'));
    expect(unknown).toEqual(wrong);
    expect(hashing.options).toHaveLength(2);
    expect(hashing.options[0]).toEqual(hashing.options[1]);
    expect(await accounts.current()).toBeUndefined();
  });

  it('hashes at most two passwords at once', async () => {
    await Promise.allSettled(['A', 'B', 'C', 'D'].map((name) => accounts.unlock(name, PASSWORD)));
    expect(hashing.options).toHaveLength(4);
    expect(hashing.peak).toBe(2);
  });
});

describe('throttling', () => {
  const attempt = (password: string, who = accounts) => who.unlock('Anna', password);

  it('locks after five failures, twice as long each time, also for other processes', async () => {
    await givenAnna({ failures: 4 });
    await expect(attempt('wrong horse')).rejects.toThrow(code('RK_ACCOUNT_REFUSED'));
    await expect(attempt('wrong horse')).rejects.toThrow(code('RK_ACCOUNT_REFUSED'));
    hashing.options.length = 0;
    const other = open(new MemoryStorage(disk));
    await expect(attempt(PASSWORD, other)).rejects.toThrow(code('RK_ACCOUNT_THROTTLED'));
    await expect(attempt(PASSWORD)).rejects.toThrow('Try again in 2 s');
    expect(hashing.options).toEqual([]);
    now += 2_000;
    await expect(attempt('wrong horse')).rejects.toThrow(code('RK_ACCOUNT_REFUSED'));
    await expect(attempt(PASSWORD)).rejects.toThrow('Try again in 4 s');
    now += 4_000;
    await attempt(PASSWORD);
    expect(await stored('Anna')).toMatchObject({ failures: 0, lockedUntil: 0 });
  });

  it('locks for 15 minutes at most, and not because the clock was set back', async () => {
    await givenAnna({ failures: 4_000, lockedUntil: now });
    await expect(attempt('wrong horse')).rejects.toThrow(code('RK_ACCOUNT_REFUSED'));
    await expect(attempt(PASSWORD)).rejects.toThrow('Try again in 900 s');
    now -= 1;
    await attempt(PASSWORD);
  });

  it('counts guesses side by side before it looks at them', async () => {
    await givenAnna({ failures: 3 });
    const guesses = Array.from({ length: 20 }, () => attempt('wrong horse'));
    const results = await Promise.allSettled(guesses);
    const throttled = results.filter(
      (result) => result.status === 'rejected' && hasCode(result.reason, 'RK_ACCOUNT_THROTTLED'),
    );
    expect(throttled).toHaveLength(17);
    expect(await stored('Anna')).toMatchObject({ failures: 6 });
  });
});

describe('an account that was changed in the store', () => {
  const hash = (parameters: string, verifier = 'A'.repeat(43)) =>
    `$scrypt$${parameters}$${'A'.repeat(22)}$${verifier}`;

  it.each([
    ['huge N', hash('ln=31,r=8,p=1')],
    ['N just above', hash('ln=20,r=8,p=1')],
    ['small N', hash('ln=1,r=8,p=1')],
    ['huge r', hash('ln=17,r=4096,p=1')],
    ['huge p', hash('ln=17,r=8,p=65536')],
    ['a short verifier', hash('ln=17,r=8,p=1', '')],
    ['another algorithm', '$2b$10$abcdefghijklmnopqrstuv'],
  ])('is not hashed with %s', async (_, password) => {
    await givenAnna({ password });
    hashing.options.length = 0;
    const before = await stored('Anna');
    await expect(accounts.signIn('Anna', PASSWORD)).rejects.toThrow(code('RK_ACCOUNT_DAMAGED'));
    expect(hashing.options).toEqual([]);
    expect(await stored('Anna')).toEqual(before);
  });

  it('is refused with another public key, name or sealed key', async () => {
    const eve = await accounts.create('Eve', PASSWORD);
    await givenAnna();
    await accounts.signIn('Anna', PASSWORD);
    const { publicKey, sealedSeed, password } = await stored('Eve');
    const theirs = { publicKey: publicKey!, sealedSeed: sealedSeed!, password: password! };
    const damaged = code('RK_ACCOUNT_DAMAGED');
    const replaced = code('RK_ACCOUNT_REPLACED');

    await tamper('Anna', { publicKey: publicKey! });
    await expect(accounts.unlock('Anna', PASSWORD)).rejects.toMatchObject({
      code: 'RK_ACCOUNT_DAMAGED',
      cause: { code: 'RK_CIPHER_FORGED' },
    });
    await expect(accounts.current()).rejects.toThrow(replaced);

    // Eve's whole account under Anna's name: Eve's password fits, and the seal does not.
    await tamper('Anna', theirs);
    await expect(accounts.unlock('Anna', PASSWORD)).rejects.toThrow(damaged);
    await expect(accounts.current()).rejects.toThrow(replaced);

    await tamper('Anna', { ...anna, name: 'Eve' });
    await expect(accounts.unlock('Anna', PASSWORD)).rejects.toThrow(damaged);

    await tamper('Anna', { ...anna, name: 'ANNA' });
    await expect(accounts.current()).rejects.toThrow(damaged);
    await expect(accounts.unlock('Anna', PASSWORD)).rejects.toThrow(damaged);

    const { suite, data } = anna['sealedSeed'] as { suite: number; data: string };
    const flipped = data.slice(0, -1) + (data.endsWith('0') ? '1' : '0');
    await tamper('Anna', { ...anna, sealedSeed: { suite, data: flipped } });
    await expect(accounts.unlock('Anna', PASSWORD)).rejects.toThrow(damaged);
    await tamper('Anna', { ...anna, sealedSeed: { suite: 2, data } });
    await expect(accounts.unlock('Anna', PASSWORD)).rejects.toThrow(damaged);

    await tamper('Anna', anna);
    expect((await accounts.current())?.identity.publicKey).not.toEqual(eve.identity.publicKey);
  });

  it('does not get its members into a message', async () => {
    await givenAnna({ ['\u001b[2J\u202e'.repeat(1_000)]: 1 });
    const error: unknown = await accounts
      .unlock('Anna', PASSWORD)
      .catch((thrown: unknown) => thrown);
    expect(error).toEqual(code('RK_ACCOUNT_DAMAGED'));
    expect(String(error)).not.toMatch(/[\u001b\u202e]/);
    expect(String(error).length).toBeLessThan(500);
    await tamper('Anna', { ...anna, sealedSeed: { suite: 1, data: 'x' } });
    await expect(accounts.unlock('Anna', PASSWORD)).rejects.toThrow('its “sealedSeed.data”');
  });

  it('is refused where it is no account at all', async () => {
    await storage.insert('users', nameKey('Anna'), { name: 'Anna' });
    await expect(accounts.unlock('Anna', PASSWORD)).rejects.toThrow(code('RK_ACCOUNT_DAMAGED'));
  });
});

describe('the session file', () => {
  it('does not sign in an account that is not in the store', async () => {
    await givenAnna();
    await accounts.signIn('Anna', PASSWORD);
    expect(await open(new MemoryStorage()).current()).toBeUndefined();
    expect(logger.warn).toHaveBeenCalled();
  });

  it.skipIf(process.platform === 'win32')(
    'that others can read is closed to them, with a warning',
    async () => {
      await givenAnna();
      await accounts.signIn('Anna', PASSWORD);
      const path = join(folder, 'session.json');
      await chmod(path, 0o644);
      expect(await accounts.current()).toMatchObject({ name: 'Anna' });
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect(logger.warn).toHaveBeenCalledWith(expect.stringContaining('private key'), {
        path,
        code: 'RK_FILE_EXPOSED',
      });
    },
  );

  it('is an error where it cannot be understood, without its secret in the message', async () => {
    await givenAnna();
    await accounts.signIn('Anna', PASSWORD);
    const path = join(folder, 'session.json');
    const text = await readFile(path, 'utf8');
    const { seed } = JSON.parse(text) as { seed: string };
    // A parser's message quotes what is around a word that it does not know.
    await writeFile(path, text.replace(`"${seed}`, `x${seed}`));
    const error = await accounts.current().catch((error: unknown) => error);
    expect(error).toEqual(code('RK_ACCOUNT_DAMAGED'));
    const printed = `${String(error)} ${String((error as Error).cause)}`;
    expect(printed).not.toContain(seed.slice(0, 8));
    await accounts.signOut();
    expect(await accounts.current()).toBeUndefined();
  });
});
