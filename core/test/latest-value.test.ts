import { describe, expect, it } from 'vitest';
import { LatestValue } from '@roomkey/core';

describe('LatestValue', () => {
  it('yields the newest value and reports that it dropped the previous one', async () => {
    const slot = new LatestValue<number>();
    expect(slot.put(1)).toBe(false);
    expect(slot.put(2)).toBe(true);
    const iterator = slot[Symbol.asyncIterator]();
    expect(await iterator.next()).toEqual({ value: 2, done: false });
    const waiting = iterator.next();
    slot.put(3);
    expect(await waiting).toEqual({ value: 3, done: false });
  });

  it('ends at the first call of end, and throws its error', async () => {
    const slot = new LatestValue<number>();
    slot.put(1);
    slot.end(new Error('unplugged'));
    slot.end();
    expect(slot.put(2)).toBe(false);
    await expect(slot[Symbol.asyncIterator]().next()).rejects.toThrow('unplugged');
  });
});
