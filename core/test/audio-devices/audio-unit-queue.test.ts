import { describe, expect, test } from 'vitest';
import { AudioUnitQueue, type AudioUnit } from '@roomkey/core';

function unit(number: number, muted = false): AudioUnit {
  const data = Uint8Array.of(number);
  return { data, capturedAt: number * 20, samples: 960, muted, level: muted ? 0 : 0.5 };
}

async function takeAll(queue: AudioUnitQueue): Promise<AudioUnit[]> {
  const taken: AudioUnit[] = [];
  const units = queue[Symbol.asyncIterator]();
  for (;;) {
    const isOver = new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)));
    const next = await Promise.race([units.next(), isOver]);
    if (next === undefined || next.done === true) return taken;
    taken.push(next.value);
  }
}

describe('AudioUnitQueue', () => {
  test('keeps the newest 200 ms', async () => {
    const queue = new AudioUnitQueue();
    for (let number = 0; number < 25; number++) queue.put(unit(number));
    const numbers = (await takeAll(queue)).map(({ data }) => data[0]);
    expect(numbers).toEqual([15, 16, 17, 18, 19, 20, 21, 22, 23, 24]);
  });

  test('drops what is old after a gap', async () => {
    const queue = new AudioUnitQueue();
    for (const number of [0, 1, 50]) queue.put(unit(number));
    expect((await takeAll(queue)).map(({ data }) => data[0])).toEqual([50]);
  });

  test('puts silence in the place of the voice that waits', async () => {
    const queue = new AudioUnitQueue();
    queue.put(unit(1, true));
    queue.put(unit(2));
    queue.mute((samples) => new Uint8Array(samples / 12));
    expect(await takeAll(queue)).toEqual([
      unit(1, true),
      { ...unit(2, true), data: new Uint8Array(80) },
    ]);
  });
});
