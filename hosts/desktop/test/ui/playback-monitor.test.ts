import { expect, test } from 'vitest';
import { PlaybackMonitor } from '../../src/ui/call/playback-monitor.js';

/** Plays a call second by second: the numbers of units that arrive and are shown. */
class Played {
  readonly #monitor = new PlaybackMonitor();
  #at = 0;
  #shown = 0;

  /** States after each second. */
  seconds(count: number, { come = 0, shown = 0, isHidden = false }): string[] {
    return Array.from({ length: count }, () => {
      for (let number = 0; number < come; number += 1) {
        this.#monitor.onUnit(this.#at + (number * 1_000) / come, isHidden);
      }
      this.#at += 1_000;
      this.#shown += shown;
      return this.#monitor.update(this.#at, this.#shown);
    });
  }
}

test('playback is moving once a unit is shown, not when one arrives', () => {
  const call = new Played();
  expect(call.seconds(2, {})).toEqual(['none', 'none']);
  expect(call.seconds(1, { come: 1 })).toEqual(['none']);
  expect(call.seconds(2, { come: 1, shown: 1 })).toEqual(['moving', 'moving']);
});

test('playback is still without units, and moving again with the next one', () => {
  const call = new Played();
  call.seconds(1, { come: 10, shown: 10 });
  expect(call.seconds(6, {})).toEqual(['moving', 'moving', 'moving', 'moving', 'still', 'still']);
  // The first units after a pause need time to decode.
  expect(call.seconds(1, { come: 1 })).toEqual(['still']);
  expect(call.seconds(1, { come: 1, shown: 1 })).toEqual(['moving']);
});

test('playback is stuck if units arrive and none is shown', () => {
  const first = new Played();
  expect(first.seconds(6, { come: 1 }).slice(3)).toEqual(['none', 'stuck', 'stuck']);
  const later = new Played();
  later.seconds(1, { come: 1, shown: 1 });
  expect(later.seconds(6, { come: 1 }).slice(3)).toEqual(['moving', 'stuck', 'stuck']);
  expect(later.seconds(1, { come: 1, shown: 1 })).toEqual(['moving']);
});

test('playback is moving if a slow computer shows few of the units', () => {
  const call = new Played();
  call.seconds(1, { come: 30, shown: 30 });
  expect(call.seconds(6, { come: 30, shown: 1 }).at(-1)).toBe('moving');
});

test('playback is not stuck while the window is hidden', () => {
  const call = new Played();
  call.seconds(1, { come: 30, shown: 30 });
  call.seconds(20, { come: 1, isHidden: true });
  expect(call.seconds(2, { come: 30 })).toEqual(['moving', 'moving']);
  const unseen = new Played();
  unseen.seconds(20, { come: 1, isHidden: true });
  expect(unseen.seconds(1, { come: 30 })).toEqual(['none']);
});
