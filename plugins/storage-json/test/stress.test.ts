import { readdir } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { stressStorage } from '../../../test/support/storage-stress/stress-storage.js';
import { TestFolder } from './support.js';

const folder = new TestFolder();

it('survives processes that write at once and are killed', { timeout: 600_000 }, async () => {
  const storage = folder.open();
  const { kills, unsure } = await stressStorage(storage, {
    opener: new URL('opener.js', import.meta.url),
    options: { folder: folder.path },
    processes: 8,
    operations: 500,
    writesPerKill: 80,
  });
  expect(kills).toBeGreaterThan(20);
  // A folder is never unreachable.
  expect(unsure).toEqual([]);

  // The killed processes left no files.
  await storage.close();
  expect(await readdir(folder.path)).toEqual(['stress.json']);
});
