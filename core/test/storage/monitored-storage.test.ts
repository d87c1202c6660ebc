import { expect, test } from 'vitest';
import { RoomkeyError, type Storage } from '@roomkey/core';
import { MemoryStorage } from '@roomkey/core/conformance';
import { MonitoredStorage, type StorageState } from '../../src/storage/index.js';
import { ManualClock, MemoryLogger } from '../rooms/setup.js';

/** A store whose reads and writes can be made to fail. */
class FailingStorage extends MemoryStorage {
  reads = true;
  writes = true;
  readonly asked: string[] = [];

  override async get(...args: Parameters<Storage['get']>) {
    this.asked.push(args[1]);
    if (!this.reads) throw away();
    return super.get(...args);
  }

  override async insert(...args: Parameters<Storage['insert']>) {
    if (!this.writes) throw away();
    return super.insert(...args);
  }
}

function away(): RoomkeyError {
  return new RoomkeyError('RK_STORAGE_IO', 'The server does not answer.');
}

function setup() {
  const storage = new FailingStorage();
  const clock = new ManualClock();
  const logger = new MemoryLogger();
  const monitored = new MonitoredStorage(storage, logger, clock);
  return { storage, clock, logger, monitored, seen: [] as StorageState[] };
}

/** Lets what was begun come to its end. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('passes everything through', async () => {
  const { monitored } = setup();
  const { revision } = await monitored.insert('rooms', 'a', { n: 1 });
  const replaced = await monitored.replace('rooms', 'a', revision, { n: 2 });
  expect(await monitored.get('rooms', 'a')).toEqual(replaced);
  expect(await monitored.list('rooms')).toEqual([replaced]);
  await monitored.remove('rooms', 'a', replaced.revision);
  await expect(monitored.remove('rooms', 'a', 1)).rejects.toMatchObject({
    code: 'RK_STORAGE_CONFLICT',
  });
  expect(monitored.state).toEqual({ available: true });
});

test('says that the store is away when an operation meets it, and that it is back', async () => {
  const { storage, clock, monitored, seen } = setup();
  monitored.on('change', (state) => seen.push(state));
  storage.reads = false;
  await expect(monitored.get('rooms', 'a')).rejects.toMatchObject({ code: 'RK_STORAGE_IO' });
  await settle();
  expect(seen).toEqual([{ available: false, error: expect.any(RoomkeyError) as RoomkeyError }]);
  expect(monitored.state.available).toBe(false);

  clock.advance(2_000);
  await settle();
  expect(seen).toHaveLength(1);
  storage.reads = true;
  clock.advance(2_000);
  await settle();
  expect(seen.slice(1)).toEqual([{ available: true }]);
});

test('checks the store while it has a listener, and never without one', async () => {
  const { storage, clock, monitored, seen } = setup();
  clock.advance(60_000);
  await settle();
  expect(storage.asked).toEqual([]);

  monitored.on('change', (state) => seen.push(state));
  storage.reads = false;
  clock.advance(5_000);
  await settle();
  expect(seen).toMatchObject([{ available: false }]);
});

test('is not away because a write fails: a disk that is full can be read', async () => {
  const { storage, monitored, seen } = setup();
  monitored.on('change', (state) => seen.push(state));
  storage.writes = false;
  await expect(monitored.insert('rooms', 'a', {})).rejects.toMatchObject({ code: 'RK_STORAGE_IO' });
  await settle();
  expect(storage.asked).toEqual(['probe']);
  expect(seen).toEqual([]);
});

test('asks one question at a time, and none after it was stopped', async () => {
  const { storage, clock, monitored, seen } = setup();
  monitored.on('change', (state) => seen.push(state));
  storage.reads = false;
  await Promise.allSettled([monitored.get('rooms', 'a'), monitored.get('rooms', 'b')]);
  await settle();
  expect(storage.asked).toEqual(['a', 'b', 'probe']);
  monitored.stop();
  storage.reads = true;
  clock.advance(60_000);
  await settle();
  expect(storage.asked).toHaveLength(3);
  expect(clock.pendingTimers).toBe(0);
  expect(seen).toHaveLength(1);
});
