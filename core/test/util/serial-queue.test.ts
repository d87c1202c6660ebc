import { expect, it } from 'vitest';
import { deferred } from '../../src/util/deferred.js';
import { SerialQueue } from '../../src/util/serial-queue.js';

it('SerialQueue runs each command after the previous one, even if that failed', async () => {
  const queue = new SerialQueue();
  const seen: string[] = [];
  const first = deferred<string>();
  const results = Promise.allSettled([
    queue.run(async () => {
      seen.push('first begins');
      const value = await first.promise;
      seen.push('first ends');
      return value;
    }),
    queue.run(() => {
      seen.push('second');
      throw new Error('no');
    }),
    queue.run(() => {
      seen.push('third');
      return 3;
    }),
  ]);
  await Promise.resolve();
  expect(seen).toEqual(['first begins']);
  first.resolve('one');
  expect(await results).toMatchObject([
    { value: 'one' },
    { reason: new Error('no') },
    { value: 3 },
  ]);
  expect(seen).toEqual(['first begins', 'first ends', 'second', 'third']);
});
