import { expect, test } from 'vitest';
import { PlaybackMonitor } from '../../src/ui/call/playback-monitor.js';

/** A call of which every second is played: how many come in it, and how many of them are shown. */
class Played {
  readonly #watch = new PlaybackMonitor();
  #at = 0;
  #counts = { shown: 0, dropped: 0 };

  /** What is said after each second. */
  seconds(count: number, { come = 0, shown = 0, isHidden = false }): string[] {
    return Array.from({ length: count }, () => {
      for (let number = 0; number < come; number += 1) {
        this.#watch.onFrame(this.#at + (number * 1_000) / come, isHidden);
      }
      this.#at += 1_000;
      const dropped = come - shown;
      this.#counts = {
        shown: this.#counts.shown + shown,
        dropped: this.#counts.dropped + (isHidden ? 0 : dropped),
      };
      return this.#watch.update(this.#at, this.#counts, isHidden);
    });
  }
}

test('it moves as soon as one is shown, and not as soon as one comes', () => {
  const call = new Played();
  expect(call.seconds(2, {})).toEqual(['none', 'none']);
  expect(call.seconds(1, { come: 1 })).toEqual(['none']);
  expect(call.seconds(2, { come: 1, shown: 1 })).toEqual(['moving', 'moving']);
});

test('where none come any more it is still, and moves again when one is shown', () => {
  const call = new Played();
  call.seconds(1, { come: 10, shown: 10 });
  expect(call.seconds(6, {})).toEqual(['moving', 'moving', 'moving', 'moving', 'still', 'still']);
  // The first ones after a pause have their time to be decoded.
  expect(call.seconds(1, { come: 1 })).toEqual(['still']);
  expect(call.seconds(1, { come: 1, shown: 1 })).toEqual(['moving']);
});

test('where they come and none is shown, it does not pass for live', () => {
  const first = new Played();
  expect(first.seconds(6, { come: 1 }).slice(3)).toEqual(['none', 'stuck', 'stuck']);
  const later = new Played();
  later.seconds(1, { come: 1, shown: 1 });
  expect(later.seconds(6, { come: 1 }).slice(3)).toEqual(['moving', 'stuck', 'stuck']);
  expect(later.seconds(1, { come: 1, shown: 1 })).toEqual(['moving']);
});

test('where most are dropped the machine is too slow', () => {
  const call = new Played();
  call.seconds(1, { come: 30, shown: 30 });
  expect(call.seconds(6, { come: 30, shown: 1 }).at(-1)).toBe('late');
  expect(call.seconds(10, { come: 30, shown: 30 }).at(-1)).toBe('moving');
});

test('a hidden window shows nothing, and nothing is wrong with that', () => {
  const call = new Played();
  call.seconds(1, { come: 30, shown: 30 });
  call.seconds(20, { come: 30, isHidden: true });
  expect(call.seconds(2, { come: 30 })).toEqual(['moving', 'moving']);
  const unseen = new Played();
  unseen.seconds(20, { come: 30, isHidden: true });
  expect(unseen.seconds(1, { come: 30 })).toEqual(['none']);
});
