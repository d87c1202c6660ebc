/**
 * The whole way between two people, against WebRTC between the same two pages: VP8 at the same bit
 * rate from its first picture, without a jitter buffer or a change of resolution, and drawn in the
 * same way as the player draws.
 */
import { missingChromium } from './chromium.js';
import { compareWays } from './compare-ways.js';
import type { Goal } from './goal.js';

export const goal: Goal = {
  id: 6,
  title: 'a call against WebRTC (VP8) between the same pages, 1280×720 at 30 fps, 2.5 Mbit/s',
  missing: missingChromium,
  async run() {
    const { call, webRtc } = await compareWays(['call', 'webRtc']);
    return [
      { name: 'age p50 × WebRTC', figure: call.p50 / webRtc.p50, target: { atMost: 0.45 } },
      { name: 'age p95 × WebRTC', figure: call.p95 / webRtc.p95, target: { atMost: 0.4 } },
      {
        name: 'processor time of all processes × WebRTC',
        figure: call.cpu / webRtc.cpu,
        target: { atMost: 0.75 },
      },
    ];
  },
};
