import { expect, it } from 'vitest';
import { TestDatabase } from '../../../test/support/mongo.js';
import { describeWith } from '../../../test/support/optional.js';
import { torture } from '../../../test/support/storage-torture/torture.js';
import { openStorage } from './support.js';

const opener = new URL('opener.js', import.meta.url);

describeWith('mongo', 'storage-mongo', () => {
  const database = new TestDatabase();

  it('survives processes that write at once and are killed', { timeout: 600_000 }, async () => {
    const { uri, name } = database;
    const storage = await openStorage(uri, name);
    const report = await torture(storage, {
      opener,
      options: { uri, database: name },
      processes: 8,
      operations: Number(process.env['OPS'] ?? 500),
      writesPerKill: 100,
    });
    await storage.close();
    expect(report.kills).toBeGreaterThan(3);
    expect(report.unsure).toEqual([]);
  });
});
