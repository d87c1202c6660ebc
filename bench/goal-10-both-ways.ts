/** Two people who see each other on one machine, against one who sees the other. */
import { BrowserBench, missingChromium, tell } from './browser.js';
import { alternateAll, type Goal } from './goal.js';

export const goal: Goal = {
  id: 10,
  title: 'both directions of a call on one machine, 1280×720 at 30 fps',
  missing: missingChromium,
  async run() {
    const bench = await BrowserBench.open();
    try {
      const { oneWay, bothWays } = await alternateAll({
        oneWay: () => bench.measure('call'),
        bothWays: () => bench.measure('bothWays'),
      });
      tell({ oneWay, bothWays });
      return [
        {
          name: 'pictures that arrive, share of those taken',
          figure: bothWays.arrived,
          target: { atLeast: 0.98 },
        },
        {
          name: 'age p95, both directions × one',
          figure: bothWays.p95 / oneWay.p95,
          target: { atMost: 1.5 },
        },
      ];
    } finally {
      await bench.close();
    }
  },
};
