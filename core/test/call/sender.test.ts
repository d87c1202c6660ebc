import { describe, expect, it } from 'vitest';
import type { VideoCodec, VideoFrame } from '../../src/contracts/camera.js';
import { MAX_PICTURE_BYTES } from '../../src/call/media.js';
import { Sender, type FrameReceiver } from '../../src/call/sender.js';

function frame(bytes = 10): VideoFrame {
  return { codec: 'jpeg', data: new Uint8Array(bytes), width: 16, height: 16, capturedAt: 1 };
}

/** One who shows `codecs` and notes the numbers of the frames that are sent. */
function receiver(numbers: number[], codecs: readonly VideoCodec[] = ['jpeg']): FrameReceiver {
  return { codecs, sendFrame: ({ number }) => numbers.push(number) > 0 };
}

function started(): { sender: Sender; numbers: number[] } {
  const sender = new Sender();
  const numbers: number[] = [];
  sender.start(receiver(numbers));
  return { sender, numbers };
}

describe('Sender', () => {
  it('has at most two frames on the way, and of those that wait only the newest', () => {
    const { sender, numbers } = started();
    for (let index = 0; index < 6; index += 1) sender.offer(frame());
    expect(numbers).toEqual([0, 1]);
    sender.acknowledge(0);
    expect(numbers).toEqual([0, 1, 5]);
    sender.acknowledge(5);
    expect(numbers).toEqual([0, 1, 5]);
    expect(sender.counts).toEqual({ offered: 6, sent: 3, dropped: 3, bytes: 30 });
  });

  it('takes an acknowledgement for all frames before it', () => {
    const { sender, numbers } = started();
    sender.offer(frame());
    sender.offer(frame());
    sender.acknowledge(1);
    sender.offer(frame());
    sender.offer(frame());
    expect(numbers).toEqual([0, 1, 2, 3]);
  });

  it('refuses an acknowledgement of what was never offered', () => {
    const { sender } = started();
    expect(sender.acknowledge(0)).toBe(false);
    sender.offer(frame());
    expect(sender.acknowledge(0)).toBe(true);
    expect(sender.acknowledge(1)).toBe(false);
  });

  it('counts nothing while there is no partner, and forgets what waited', () => {
    const { sender, numbers } = started();
    for (let index = 0; index < 3; index += 1) sender.offer(frame());
    sender.stop();
    sender.offer(frame());
    const again: number[] = [];
    sender.start(receiver(again));
    sender.offer(frame());
    expect(numbers).toEqual([0, 1]);
    expect(again).toEqual([3]);
  });

  it('drops a picture that no record can carry and goes on', () => {
    const { sender, numbers } = started();
    sender.offer(frame(MAX_PICTURE_BYTES + 1));
    sender.offer(frame(MAX_PICTURE_BYTES));
    expect(numbers).toEqual([1]);
    expect(sender.counts.dropped).toBe(1);
  });

  it('says when there is room, to all who wait', async () => {
    const sender = new Sender();
    let told = 0;
    const wait = async (): Promise<void> => {
      await sender.room();
      told += 1;
    };
    const first = wait();
    await Promise.resolve();
    expect(told).toBe(0);
    sender.start(receiver([]));
    await Promise.all([first, wait()]);
    expect(told).toBe(2);
    sender.offer(frame());
    sender.offer(frame());
    const [third, fourth] = [wait(), wait()];
    sender.stop();
    await Promise.resolve();
    expect(told).toBe(2);
    sender.start(receiver([]));
    await Promise.all([third, fourth]);
  });

  it('takes no frame that builds on one that was not sent', () => {
    const sender = new Sender();
    const numbers: number[] = [];
    const partner = receiver(numbers, ['jpeg', 'vp8']);
    const delta = (isKey: boolean, codec: 'vp8' | 'h264' = 'vp8'): VideoFrame => ({
      ...frame(),
      codec,
      isKey,
    });
    expect(sender.offer(delta(true))).toBe(false);
    sender.start(partner);
    const taken = [delta(false), delta(true), delta(false)].map((one) => {
      const isTaken = sender.offer(one);
      sender.acknowledge(numbers.at(-1) ?? 0);
      return isTaken;
    });
    expect(taken).toEqual([false, true, true]);
    expect(sender.offer(delta(true, 'h264'))).toBe(false);
    expect(sender.offer(delta(false))).toBe(false);
    expect(sender.offer(frame())).toBe(true);
    expect(sender.offer(delta(false))).toBe(false);
    expect(sender.offer(delta(true))).toBe(true);
    expect(numbers).toEqual([1, 2, 5, 7]);
    expect(sender.counts).toMatchObject({ offered: 8, sent: 4, dropped: 4 });
  });
});
