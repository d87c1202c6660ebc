import { expect, it, onTestFinished } from 'vitest';
import { MongoServer, TestDatabase } from '../../../test/support/mongo.js';
import { describeWith } from '../../../test/support/optional.js';
import { stressStorage } from '../../../test/support/storage-stress/stress-storage.js';
import { openStorage } from './support.js';

const PROCESSES = 8;
/** The operations of each process. ROOMKEY_STRESS=500 takes some minutes. */
const OPERATIONS = Number(process.env['ROOMKEY_STRESS'] ?? 50);
const timeout = 60_000 + OPERATIONS * 4_000;

const opener = new URL('opener.js', import.meta.url);

describeWith('mongo', 'storage-mongo', () => {
  const database = new TestDatabase();

  it('survives processes that write at once and are killed', { timeout }, async () => {
    const { uri, name } = database;
    const storage = await openStorage(uri, name);
    onTestFinished(() => storage.close());
    const report = await stressStorage(storage, {
      opener,
      options: { uri, database: name },
      processes: PROCESSES,
      operations: OPERATIONS,
      writesPerKill: 50,
    });
    expect(report.kills).toBeGreaterThan(3);
  });
});

describeWith('mongod', 'storage-mongo', () => {
  it('survives a server that is killed while processes write', { timeout }, async () => {
    const server = await MongoServer.start();
    const options = { uri: server.uri, database: 'lab' };
    const storage = await openStorage(options.uri, options.database);
    onTestFinished(() => storage.close());
    let restarting = Promise.resolve();
    let restarts = 0;
    const report = await stressStorage(storage, {
      opener,
      options,
      processes: 4,
      operations: OPERATIONS,
      writesPerKill: 100,
      onWrite: (writes) => {
        if (writes % 60 !== 0) return;
        restarts += 1;
        restarting = restarting.then(() => server.kill()).then(() => server.restart());
      },
    });
    await restarting;
    expect(restarts).toBeGreaterThan(2);
    expect(report.writes).toBeGreaterThan(restarts * 60 - 1);
  });
});
