/**
 * What the whole way between two people, through both programs, adds to the age of a picture on the
 * screen, compared with drawing the camera in its own page.
 */
import { missingChromium } from './chromium.js';
import { compareWays } from './compare-ways.js';
import type { Goal } from './goal.js';

/** The interval of the camera's pictures, ms. */
const INTERVAL_MS = 1_000 / 30;

export const goal: Goal = {
  id: 5,
  title:
    'age that a call adds to a picture of 1280×720 at 30 fps, over drawing it where it is taken',
  missing: missingChromium,
  async run() {
    const { direct, call } = await compareWays(['direct', 'call']);
    return [
      {
        name: 'age p50 that a call adds × the interval of pictures',
        figure: (call.p50 - direct.p50) / INTERVAL_MS,
        target: { atMost: 0.2 },
      },
    ];
  },
};
