import { describe, expect, it } from 'vitest';
import { RemoteAudioTrack, SoundAllowance } from '../../src/media/remote-audio-track.js';
import { audioHeader, type WireAudioUnit } from '../../src/wire/index.js';

function setup() {
  let now = 0;
  const units: number[] = [];
  const mutes: boolean[] = [];
  const track = new RemoteAudioTrack(new SoundAllowance(() => now), {
    onUnit: ({ sequence }) => units.push(sequence),
    onMuted: (muted) => mutes.push(muted),
    onEnd: () => undefined,
  });
  return {
    units,
    mutes,
    wait: (ms: number) => (now += ms),
    end: () => track.end('stopped'),
    receive: (sequence: number, muted = false) => {
      const unit: Omit<WireAudioUnit, 'data'> = { sequence, muted, capturedAt: 1, samples: 960 };
      track.take(new Uint8Array([...audioHeader(unit, 0), 1]));
    },
  };
}

describe('a participant’s microphone', () => {
  it('gives what comes first, each once and in order', () => {
    const { receive, units } = setup();
    receive(0);
    receive(2);
    receive(1);
    receive(2);
    receive(3);
    expect(units).toEqual([0, 2, 3]);
  });

  it('is as muted as its newest unit says, whatever comes late', () => {
    const { receive, mutes } = setup();
    receive(10);
    receive(12, true);
    // Captured before it was muted, and late.
    receive(11, false);
    receive(10, false);
    expect(mutes).toEqual([true]);
    receive(13, true);
    receive(14, false);
    expect(mutes).toEqual([true, false]);
  });

  it('tells of a bounded number of changes, and then of the last', () => {
    const { receive, wait, mutes, units } = setup();
    for (let unit = 0; unit < 1_000; unit += 1) {
      wait(10);
      receive(unit, unit % 2 === 0);
    }
    // Ten seconds: twenty at once, and four a second.
    expect(mutes.length).toBeLessThanOrEqual(60);
    expect(units).toHaveLength(1_000);
    wait(10);
    receive(1_000, true);
    wait(250);
    receive(1_001, true);
    expect(mutes.at(-1)).toBe(true);
  });

  it('counts on after 2³² units', () => {
    const { receive, mutes } = setup();
    receive(2 ** 32 - 1, true);
    receive(0, false);
    receive(2 ** 32 - 1, true);
    expect(mutes).toEqual([true, false]);
  });

  it('takes 10 ms units with a copy of each for a minute, and bursts after a stall', () => {
    const { receive, wait, units } = setup();
    let sequence = 0;
    const second = (intervalMs: number): void => {
      for (let unit = 0; unit < 100; unit += 1) {
        wait(intervalMs);
        receive(sequence);
        receive(sequence);
        sequence = (sequence + 1) % 2 ** 32;
      }
    };
    for (let count = 0; count < 60; count += 1) second(10);
    // A second of both connections comes at once.
    wait(1_000);
    second(0);
    second(10);
    expect(units).toHaveLength(62 * 100);
  });

  it('gives nothing after its end', () => {
    const { receive, units, mutes, end } = setup();
    receive(0);
    end();
    receive(1, true);
    expect(units).toEqual([0]);
    expect(mutes).toEqual([]);
  });

  it('ends the call of a peer that sends more sound than time', () => {
    const { receive, wait } = setup();
    for (let unit = 0; unit < 250; unit += 1) receive(unit);
    expect(() => receive(250)).toThrow(RangeError);
    wait(100);
    for (let unit = 0; unit < 21; unit += 1) receive(300 + unit);
    expect(() => receive(321)).toThrow('more sound than time');
  });
});
