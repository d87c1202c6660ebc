import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeWith } from '../../../test/support/optional.js';
import { TestFolder } from './support.js';

interface Outcome {
  readonly code: string;
  readonly message: string;
}
interface Tried {
  readonly changes: readonly Outcome[];
  readonly found: readonly (readonly string[])[];
}
interface Report {
  readonly DAMAGED: string;
  readonly full: Tried & { readonly left: readonly string[] };
  readonly fullDamaged: { fresh: Outcome; left: string; known: Outcome; kept: readonly string[] };
  readonly afterwards: Outcome;
  readonly readOnly: Tried;
  readonly readOnlyDamaged: { read: Outcome; left: string; kept: number };
}

const folder = new TestFolder();

/** Every operation, by an existing store and by a new one. */
function expectRefused({ changes, found }: Tried, reason: RegExp): void {
  expect(changes).toHaveLength(6);
  for (const { code, message } of changes) {
    expect(code).toBe('RK_STORAGE_IO');
    expect(message).toMatch(reason);
  }
  expect(found).toEqual([
    ['a', 'a'],
    ['a', 'a'],
  ]);
}

// Mounting needs the same rights as a network namespace.
describeWith('netns', 'a disk', () => {
  it('that is full or read-only is reported, and stored documents remain', async () => {
    const script = fileURLToPath(new URL('disk.js', import.meta.url));
    const args = ['--mount', process.execPath, script, folder.path];
    const { stdout } = await promisify(execFile)('unshare', args);
    const report = JSON.parse(stdout) as Report;
    const { DAMAGED, full, fullDamaged, afterwards, readOnly, readOnlyDamaged } = report;

    expectRefused(full, /the disk is full\. Make room/);
    expect(full.left).toEqual([]);
    expect(fullDamaged.fresh.code).toBe('RK_STORAGE_DAMAGED');
    expect(fullDamaged.fresh.message).toMatch(/line 3: .* could not be kept aside: .*disk is full/);
    expect(fullDamaged.left).toBe(DAMAGED);
    expect(fullDamaged.known.message).toMatch(/line 3: .* kept aside as/);
    expect(fullDamaged.kept).toEqual([DAMAGED]);
    expect(afterwards.code).toBe('');

    expectRefused(readOnly, /not permitted.*choose another `folder`/);
    expect(readOnlyDamaged.read.code).toBe('RK_STORAGE_DAMAGED');
    expect(readOnlyDamaged.read.message).toMatch(
      /line 3: .* could not be kept aside: .*not permitted/,
    );
    expect(readOnlyDamaged.left).toBe(DAMAGED);
    expect(readOnlyDamaged.kept).toBe(1);
  });
});
