import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RoomkeyError, type ErrorCode } from '@roomkey/core';
import { MemoryStorage } from '@roomkey/core/conformance';
import { retryConflicts } from '../../src/util/retry-conflicts.js';

/** The requested pauses, ms; the tests do not wait for them. */
const pauses = vi.hoisted(() => [] as number[]);
vi.mock('node:timers/promises', async (importOriginal) => ({
  ...(await importOriginal<object>()),
  setTimeout: (ms: number) => Promise.resolve(void pauses.push(ms)),
}));

beforeEach(() => {
  pauses.length = 0;
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Fails this many times, then gives the number of attempts. */
function failing(times: number, code: ErrorCode) {
  let attempts = 0;
  return vi.fn(async () => {
    attempts += 1;
    if (attempts <= times) throw new RoomkeyError(code, `attempt ${attempts}`);
    return attempts;
  });
}

describe('retryConflicts', () => {
  it('returns the result of a successful attempt at once', async () => {
    expect(await retryConflicts(async () => 'done')).toBe('done');
    expect(pauses).toEqual([]);
  });

  it.each(['RK_STORAGE_CONFLICT', 'RK_STORAGE_EXISTS'] as const)(
    'tries again on %s',
    async (code) => {
      expect(await retryConflicts(failing(3, code))).toBe(4);
      expect(pauses).toHaveLength(3);
    },
  );

  it('gives up on anything else', async () => {
    const attempt = failing(1, 'RK_STORAGE_IO');
    await expect(retryConflicts(attempt)).rejects.toThrow('attempt 1');
    expect(attempt).toHaveBeenCalledOnce();
  });

  it('gives up after 24 attempts with the last error', async () => {
    const attempt = failing(Infinity, 'RK_STORAGE_CONFLICT');
    await expect(retryConflicts(attempt)).rejects.toThrow('attempt 24');
    expect(attempt).toHaveBeenCalledTimes(24);
    expect(pauses).toHaveLength(23);
  });

  it('waits random, growing pauses of at most 50 ms', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(1);
    await retryConflicts(failing(8, 'RK_STORAGE_CONFLICT'));
    expect(pauses).toEqual([2, 4, 8, 16, 32, 50, 50, 50]);
    random.mockReturnValue(0.5);
    pauses.length = 0;
    await retryConflicts(failing(2, 'RK_STORAGE_CONFLICT'));
    expect(pauses).toEqual([1, 2]);
  });

  it('loses no update of many concurrent writers', async () => {
    const storage = new MemoryStorage();
    await storage.insert('rooms', 'a', { n: 0 });
    const increment = () =>
      retryConflicts(async () => {
        const { revision, value } = (await storage.get('rooms', 'a'))!;
        await storage.replace('rooms', 'a', revision, { n: Number(value['n']) + 1 });
      });
    await Promise.all(Array.from({ length: 10 }, increment));
    expect((await storage.get('rooms', 'a'))?.value).toEqual({ n: 10 });
  });
});
