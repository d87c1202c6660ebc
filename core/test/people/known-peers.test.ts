import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fingerprint, KnownPeers } from '../../src/people/index.js';

const me = new Uint8Array(32).fill(9);
const [first, second, third] = [1, 2, 3].map((n) => new Uint8Array(32).fill(n)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const code = (expected: string): Error => expect.objectContaining({ code: expected }) as Error;

let folder: string;
let people: KnownPeers;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomkey-people-'));
  people = new KnownPeers(folder, me);
});
afterEach(() => rm(folder, { recursive: true }));

describe('KnownPeers', () => {
  it('knows a person again', async () => {
    const bob = { name: 'Bob', identity: first };
    expect(await people.check(bob)).toBe('new');
    expect(await people.verify(bob)).toBe('new');
    expect(await people.check(bob)).toBe('new');
    await people.remember(bob);
    expect(await people.check(bob)).toBe('same');
    expect(await people.verify(bob)).toBe('same');
    await people.remember(bob);
    expect(await new KnownPeers(folder, me).check(bob)).toBe('same');
  });

  it('refuses a name that shows another identity, loudly', async () => {
    await people.remember({ name: 'Bob', identity: first });
    const changed = { name: 'Bob', identity: second };
    expect(await people.check(changed)).toBe('changed');
    const refusal = people.verify(changed);
    await expect(refusal).rejects.toThrow(code('RK_IDENTITY_MISMATCH'));
    await expect(refusal).rejects.toThrow('posing as Bob');
    await expect(refusal).rejects.toThrow(fingerprint(first));
    await expect(refusal).rejects.toThrow(fingerprint(second));
    await expect(refusal).rejects.toThrow(`roomkey people accept "Bob" ${fingerprint(second)}`);
    const [accepted, pending] = [[fingerprint(first)], [fingerprint(second)]];
    await expect(refusal).rejects.toMatchObject({ person: { name: 'Bob', accepted, pending } });
    expect(await people.check(changed)).toBe('changed');
  });

  it('proposes no command that runs what stands in a name', async () => {
    const name = "$(reboot)'`x`";
    await people.remember({ name, identity: first });
    await expect(people.verify({ name, identity: second })).rejects.toThrow(
      `roomkey people accept '$(reboot)'\\''\`x\`' ${fingerprint(second)}`,
    );
  });

  it('proposes no command to which a name is an option', async () => {
    const name = '--config=/tmp/x';
    await people.remember({ name, identity: first });
    await expect(people.verify({ name, identity: second })).rejects.toThrow(
      `roomkey people accept -- '--config=/tmp/x' ${fingerprint(second)}`,
    );
  });

  it('does not let `remember` pass over a change', async () => {
    await people.remember({ name: 'Bob', identity: first });
    const changed = { name: 'Bob', identity: second };
    await expect(people.remember(changed)).rejects.toThrow(code('RK_IDENTITY_MISMATCH'));
    expect(await people.check(changed)).toBe('changed');
  });

  it.each(['bob', ' Bob', 'Bo\u200bb', 'B\u202eob', 'Bo\u200db', 'Bob\u0007'])(
    'takes %j for the same name',
    async (name) => {
      await people.remember({ name: 'Bob', identity: first });
      expect(await people.check({ name, identity: second })).toBe('changed');
    },
  );

  it('remembers a name with characters that cannot be seen', async () => {
    const person = { name: 'B\u202eob\tSmith\u001b[2J', identity: first };
    await people.remember(person);
    expect(await people.check(person)).toBe('same');
    expect((await people.list())[0]?.name).toBe('Bob Smith[2J');
  });

  it('accepts exactly the identity that was refused', async () => {
    await people.remember({ name: 'Bob', identity: first });
    await expect(people.verify({ name: 'Bob', identity: second })).rejects.toThrow();
    expect(await people.accept('Bob')).toBe(fingerprint(second));
    expect(await people.check({ name: 'Bob', identity: first })).toBe('same');
    expect(await people.check({ name: 'Bob', identity: third })).toBe('changed');
    // It was not here before: whatever was compared was compared with the other one.
    const accepted = { name: 'Bob', identity: second };
    expect(await people.verify(accepted)).toBe('new');
    await people.remember(accepted);
    expect(await people.verify(accepted)).toBe('same');
    expect(await people.check({ name: 'Bob', identity: first })).toBe('same');
    await expect(people.accept('Bob')).rejects.toThrow(code('RK_IDENTITY_UNKNOWN'));
  });

  it('asks which one where several wait', async () => {
    await people.remember({ name: 'Bob', identity: first });
    for (const identity of [second, third, second]) {
      await expect(people.verify({ name: 'Bob', identity })).rejects.toThrow();
    }
    await expect(people.accept('Bob')).rejects.toThrow(code('RK_IDENTITY_MISMATCH'));
    await expect(people.accept('Bob', fingerprint(first))).rejects.toThrow(
      code('RK_IDENTITY_UNKNOWN'),
    );
    await people.accept('Bob', fingerprint(third));
    expect(await people.check({ name: 'Bob', identity: third })).toBe('new');
    expect(await people.check({ name: 'Bob', identity: second })).toBe('changed');
    expect((await people.list())[0]).toEqual({
      name: 'Bob',
      accepted: [fingerprint(first), fingerprint(third)],
      pending: [fingerprint(second)],
    });
  });

  it('loses no acceptance to a peer that shows up at the same time', async () => {
    await people.remember({ name: 'Bob', identity: first });
    await expect(people.verify({ name: 'Bob', identity: second })).rejects.toThrow();
    const [accepted, ...shown] = await Promise.allSettled([
      people.accept('Bob', fingerprint(second)),
      people.verify({ name: 'Bob', identity: third }),
      people.verify({ name: 'Bob', identity: second }),
    ]);
    expect([accepted, ...shown].map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(await people.list()).toEqual([
      {
        name: 'Bob',
        accepted: [fingerprint(first), fingerprint(second)],
        pending: [fingerprint(third)],
      },
    ]);
  });

  it('writes nothing when a pending peer shows up again', async () => {
    await people.remember({ name: 'Bob', identity: first });
    const shown = { name: 'Bob', identity: second };
    await expect(people.verify(shown)).rejects.toThrow();
    const [account] = await readdir(join(folder, 'people'));
    const [file] = await readdir(join(folder, 'people', account!));
    const { ino } = await stat(join(folder, 'people', account!, file!));
    await expect(people.verify(shown)).rejects.toThrow(code('RK_IDENTITY_MISMATCH'));
    expect((await stat(join(folder, 'people', account!, file!))).ino).toBe(ino);
  });

  it('accepts no identity that was not refused', async () => {
    await expect(people.accept('Bob')).rejects.toThrow(code('RK_IDENTITY_UNKNOWN'));
    await people.remember({ name: 'Bob', identity: first });
    await expect(people.accept('Bob', fingerprint(second))).rejects.toThrow(
      code('RK_IDENTITY_UNKNOWN'),
    );
  });

  it('keeps at most eight that wait', async () => {
    await people.remember({ name: 'Bob', identity: first });
    for (let n = 10; n < 30; n += 1) {
      const identity = new Uint8Array(32).fill(n);
      await expect(people.verify({ name: 'Bob', identity })).rejects.toThrow();
    }
    const pending = (await people.list())[0]?.pending;
    expect(pending).toHaveLength(8);
    expect(pending?.at(-1)).toBe(fingerprint(new Uint8Array(32).fill(29)));
  });

  it('lists by name and forgets', async () => {
    expect(await people.list()).toEqual([]);
    await people.remember({ name: 'Bob', identity: first });
    await people.remember({ name: 'Anna', identity: second });
    expect((await people.list()).map(({ name }) => name)).toEqual(['Anna', 'Bob']);
    await people.forget('BOB');
    expect(await people.check({ name: 'Bob', identity: third })).toBe('new');
    await expect(people.forget('Bob')).rejects.toThrow(code('RK_IDENTITY_UNKNOWN'));
  });

  it('keeps known peers of each account apart', async () => {
    await people.remember({ name: 'Bob', identity: first });
    const others = new KnownPeers(folder, third);
    expect(await others.check({ name: 'Bob', identity: second })).toBe('new');
  });

  it('takes a damaged file for an error, never for “not met”', async () => {
    await people.remember({ name: 'Bob', identity: first });
    const [account = ''] = await readdir(join(folder, 'people'));
    const [file = ''] = await readdir(join(folder, 'people', account));
    const path = join(folder, 'people', account, file);
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o600);
    await writeFile(path, '{"name": "Bob"');
    const bob = { name: 'Bob', identity: first };
    await expect(people.check(bob)).rejects.toThrow(code('RK_STORAGE_DAMAGED'));
    await expect(people.remember(bob)).rejects.toThrow(path);
    expect(await readFile(path, 'utf8')).toBe('{"name": "Bob"');
  });
});

describe('fingerprint', () => {
  it('is the beginning of the SHA-256 in groups of four digits', () => {
    // SHA-256 of 32 zero bytes begins 66687aadf862bd776c8f.
    expect(fingerprint(new Uint8Array(32))).toBe('6668-7aad-f862-bd77-6c8f');
  });
});
