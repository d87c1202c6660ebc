import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FileTrust } from '../../src/config/file-trust.js';
import { describeWith } from '../../../test/support/optional.js';
import { put, temporaryFolder } from './support.js';

const OWN_GROUP = 65_500;
const OTHER_GROUP = 65_501;

describeWith('users', 'a group that may write', () => {
  test.each([
    ['the user’s own is none of the others, as under umask 002', OWN_GROUP, OWN_GROUP, true],
    ['another is', OTHER_GROUP, OWN_GROUP, false],
    ['any is, of a user without one', OWN_GROUP, undefined, false],
  ])('%s', async (_what, gid, ownGroup, good) => {
    const folder = await temporaryFolder();
    const file = await put(join(folder, 'clone', 'roomkey.config.json'), '{}');
    for (const [path, mode] of [
      [join(folder, 'clone'), 0o775],
      [file, 0o664],
    ] as const) {
      await chown(path, process.getuid!(), gid);
      await chmod(path, mode);
    }
    const checking = new FileTrust({ uid: process.getuid!(), ownGroup }).check(file);
    if (good) await expect(checking).resolves.toBeUndefined();
    else await expect(checking).rejects.toMatchObject({ code: 'RK_FILE_UNTRUSTED' });
  });
});

test('everything is trusted on a system without file owners', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'open'), { mode: 0o777 });
  await chmod(join(folder, 'open'), 0o777);
  const file = await put(join(folder, 'open', 'a.mjs'), '');
  const trust = new FileTrust(undefined);
  await expect(trust.check(file)).resolves.toBeUndefined();
  await expect(trust.checkCode(file, undefined)).resolves.toBeUndefined();
});
