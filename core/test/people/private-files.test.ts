import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodings } from '../../../test/support/encodings.js';
import {
  readPrivateFile,
  removePrivateFile,
  writePrivateFile,
} from '../../src/people/private-files.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'roomkey-own-'));
});

afterEach(() => rm(folder, { recursive: true }));

it('removes what is there, and takes what is not there for removed', async () => {
  const path = join(folder, 'file.json');
  await writePrivateFile(path, {});
  await removePrivateFile(path);
  await removePrivateFile(path);
});

it.each(encodings)('reads %s, as an editor may have left it', async (_name, encode) => {
  const path = join(folder, 'file.json');
  await writeFile(path, encode('{"name":"Zoë"}\r\n'));
  expect(await readPrivateFile(path)).toBe('{"name":"Zoë"}\r\n');
});

it('names the file that cannot be written or removed', async () => {
  // A folder in its place, which also stops root.
  const path = join(folder, 'file.json');
  await mkdir(join(path, 'inside'), { recursive: true });
  for (const change of [() => writePrivateFile(path, {}), () => removePrivateFile(path)]) {
    await expect(change()).rejects.toMatchObject({
      code: 'RK_STORAGE_IO',
      message: expect.stringContaining(path) as string,
    });
  }
});
