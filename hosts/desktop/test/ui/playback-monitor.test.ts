import { expect, test } from 'vitest';
import { PlaybackMonitor } from '../../src/ui/call/playback-monitor.js';

/** Plays a call second by second: frames that arrive, and how many are shown. */
class Played {
  readonly #watch = new PlaybackMonitor();
  #at = 0;
  #counts = { shown: 0, dropped: 0 };

  /** States after each second. */
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

test('playback is moving once a frame is shown, not when one arrives', () => {
  const call = new Played();
  expect(call.seconds(2, {})).toEqual(['none', 'none']);
  expect(call.seconds(1, { come: 1 })).toEqual(['none']);
  expect(call.seconds(2, { come: 1, shown: 1 })).toEqual(['moving', 'moving']);
});

test('playback is still without frames, and moving again with the next one', () => {
  const call = new Played();
  call.seconds(1, { come: 10, shown: 10 });
  expect(call.seconds(6, {})).toEqual(['moving', 'moving', 'moving', 'moving', 'still', 'still']);
  // The first frames after a pause need time to decode.
  expect(call.seconds(1, { come: 1 })).toEqual(['still']);
  expect(call.seconds(1, { come: 1, shown: 1 })).toEqual(['moving']);
});

test('playback is stuck if frames arrive and none is shown', () => {
  const first = new Played();
  expect(first.seconds(6, { come: 1 }).slice(3)).toEqual(['none', 'stuck', 'stuck']);
  const later = new Played();
  later.seconds(1, { come: 1, shown: 1 });
  expect(later.seconds(6, { come: 1 }).slice(3)).toEqual(['moving', 'stuck', 'stuck']);
  expect(later.seconds(1, { come: 1, shown: 1 })).toEqual(['moving']);
});

test('playback is late if most frames are dropped', () => {
  const call = new Played();
  call.seconds(1, { come: 30, shown: 30 });
  expect(call.seconds(6, { come: 30, shown: 1 }).at(-1)).toBe('late');
  expect(call.seconds(10, { come: 30, shown: 30 }).at(-1)).toBe('moving');
});

test('playback is not stuck while the window is hidden', () => {
  const call = new Played();
  call.seconds(1, { come: 30, shown: 30 });
  call.seconds(20, { come: 30, isHidden: true });
  expect(call.seconds(2, { come: 30 })).toEqual(['moving', 'moving']);
  const unseen = new Played();
  unseen.seconds(20, { come: 30, isHidden: true });
  expect(unseen.seconds(1, { come: 30 })).toEqual(['none']);
});
