/**
 * Sound from the microphone of one window to what another one plays, against WebRTC between the same
 * two windows: from a captured block to the output of the worklet, or of WebRTC's jitter buffer. Opus
 * of 32 kbit/s in units of 20 ms both ways in both cases, and no processing.
 */
import { missingChromium } from './chromium.js';
import { withCleanUp } from './clean-up.js';
import { alternateAll, type Goal } from './goal.js';
import { openSoundBench } from './sound-bench.js';
import { figuresOf, printSound } from './sound-figures.js';
import { measureSound, type SoundWay } from './sound-round.js';

export const goal: Goal = {
  id: 13,
  title: 'sound against WebRTC (Opus) between the same pages, undisturbed',
  missing: missingChromium,
  run: () =>
    withCleanUp(async (onEnd) => {
      const sides = await openSoundBench(onEnd);
      const measure = (way: SoundWay) => async () => {
        const figures = figuresOf(await measureSound(sides, way));
        printSound({ [way]: figures });
        return figures;
      };
      const { call, webRtc } = await alternateAll({
        call: measure('call'),
        webRtc: measure('webRtc'),
      });
      console.error('  medians without the first round:');
      printSound({ call, webRtc });
      return [
        {
          name: 'mouth to ear p50 × WebRTC',
          figure: call.p50 / webRtc.p50,
          target: { atMost: 0.8 },
        },
        {
          name: 'concealed share, undisturbed',
          figure: call.concealed,
          target: { atMost: 0.005 },
        },
      ];
    }),
};
