/** Video in both directions on one computer, against video in one. */
import { missingChromium } from './chromium.js';
import { compareWays } from './compare-ways.js';
import type { Goal } from './goal.js';

export const goal: Goal = {
  id: 10,
  title: 'both directions of a call on one computer, 1280×720 at 30 fps',
  missing: missingChromium,
  async run() {
    const { call, bothWays } = await compareWays(['call', 'bothWays']);
    return [
      {
        name: 'pictures that arrive, share of those taken',
        figure: bothWays.arrived,
        target: { atLeast: 0.98 },
      },
      {
        name: 'age p95, both directions × one',
        figure: bothWays.p95 / call.p95,
        target: { atMost: 1.5 },
      },
    ];
  },
};
