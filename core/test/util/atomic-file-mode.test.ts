import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeFileAtomically } from '../../src/util/atomic-file.js';
import { temporaryFolder } from '../config/support.js';

test.skipIf(process.platform === 'win32').each([
  [undefined, 0o600],
  [0o644, 0o600],
  [0o600, 0o600],
  [0o400, 0o400],
])(
  'writeFileAtomically replaces a file of mode %o by one of mode %o, never a wider one',
  async (before, after) => {
    const path = join(await temporaryFolder(), 'file');
    if (before !== undefined) {
      await writeFile(path, 'old');
      await chmod(path, before);
    }
    await writeFileAtomically(path, 'new');
    expect(await readFile(path, 'utf8')).toBe('new');
    expect((await stat(path)).mode & 0o777).toBe(after);
  },
);
