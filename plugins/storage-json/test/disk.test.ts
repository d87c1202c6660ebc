import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeWith } from '../../../test/support/optional.js';
import { TestFolder } from './support.js';

interface Attempt {
  readonly code: string;
  readonly message: string;
}
interface Report {
  readonly full: { known: Attempt; fresh: Attempt; found: string[][]; files: string[] };
  readonly afterwards: Attempt;
  readonly readOnly: { known: Attempt; fresh: Attempt; found: string[][] };
}

const folder = new TestFolder();

// To mount something takes what a network namespace takes.
describeWith('netns', 'a disk', () => {
  it('that is full or read-only is reported, and what was stored stays', async () => {
    const script = fileURLToPath(new URL('disk.js', import.meta.url));
    const args = ['--mount', process.execPath, script, folder.path];
    const { stdout } = await promisify(execFile)('unshare', args);
    const { full, afterwards, readOnly } = JSON.parse(stdout) as Report;

    for (const { code, message } of [full.known, full.fresh]) {
      expect(code).toBe('RK_STORAGE_IO');
      expect(message).toMatch(/the disk is full\. Make room/);
    }
    expect(full.found).toEqual([['a'], ['a']]);
    expect(full.files).toEqual([]);
    expect(afterwards.code).toBe('');

    for (const { code, message } of [readOnly.known, readOnly.fresh]) {
      expect(code).toBe('RK_STORAGE_IO');
      expect(message).toMatch(/not permitted.*choose another `folder`/);
    }
    expect(readOnly.found).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });
});
