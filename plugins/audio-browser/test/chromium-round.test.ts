/** Sound from the microphone to the worklet that plays it, in one page. */
import { afterAll, expect, test } from 'vitest';
import type { AudioInput, AudioOutput, AudioUnit } from '@roomkey/core';
import { useChromium } from '../../../test/support/chromium.js';
import { describeWith } from '../../../test/support/optional.js';
import { decodePackets, openPage } from './support/audio-page.js';
import { median, Reference } from './support/correlate.js';
import { recorder, takeRecording, type Recording } from './support/recorder.js';
import { speech, writeWav } from './support/wav.js';

/** By how much Opus's encoder delays its input (`OPUS_GET_LOOKAHEAD`), ms. */
const LOOKAHEAD_MS = 6.5;

/** Plays what the microphone gives, for as many units. @param from the number of the first */
async function pass(
  input: AudioInput,
  output: AudioOutput,
  from: number,
  count: number,
): Promise<AudioUnit[]> {
  const units: AudioUnit[] = [];
  for await (const unit of input) {
    output.play({ ...unit, number: from + units.length });
    if (units.push(unit) === count) break;
  }
  return units;
}

/** From the capture of a sound to when the worklet made it, ms. */
function latencies(
  reference: Reference,
  { samples, startedAt }: Recording,
  captured: { readonly samples: Float32Array; readonly startedAt: number },
): number[] {
  const [first] = reference
    .findSeconds(captured.samples.subarray(0, 3 * 48_000))
    .filter(({ correlation }) => correlation > 0.8);
  if (first === undefined) return [];
  const capturedAt = captured.startedAt + first.offset / 48 - LOOKAHEAD_MS;
  const period = reference.length / 48;
  return reference
    .findSeconds(samples)
    .filter(({ correlation }) => correlation > 0.8)
    .map(({ at, offset }) => {
      const later = (at - first.at) / 48;
      const latency = startedAt + offset / 48 - capturedAt - later;
      return ((latency % period) + period) % period;
    });
}

describeWith('chromium', 'speech from the microphone to the loudspeaker', () => {
  const { samples, rate } = speech();
  const sound = writeWav(samples, rate);
  afterAll(() => sound.remove());
  const browser = useChromium('moving', [`--use-file-for-fake-audio-capture=${sound.path}`]);

  // A computer that has more to do than it can plays with gaps.
  test('arrives as it was', { retry: 2, timeout: 90_000 }, async () => {
    const unitMs = 20;
    const { audio, page } = await openPage(browser(), recorder);
    await page.mouse.click(1, 1);
    const output = await audio.openOutput({});
    const input = await audio.openInput({ processing: false, unitMs });
    // What came late at the start counts for ten seconds.
    const settling = await pass(input, output, 0, 11_000 / unitMs);
    await takeRecording(page);
    const units = await pass(input, output, settling.length, 8000 / unitMs);
    await input.close();
    const { statistics } = output;
    const recording = await takeRecording(page);
    await output.close();

    const reference = new Reference(samples, rate);
    const places = reference.findSeconds(recording.samples);
    const correlation = median(places.map((place) => place.correlation));
    const decoded = await decodePackets(
      page,
      units.map(({ data }) => data),
    );
    const startedAt = units[0]?.capturedAt ?? 0;
    const latency = median(latencies(reference, recording, { samples: decoded, startedAt }));
    process.stdout.write(
      `${unitMs} ms units: correlation ${correlation.toFixed(3)}, capture to worklet ` +
        `${latency.toFixed(0)} ms, target ${statistics.targetMs.toFixed(0)} ms, ` +
        `depth ${statistics.depthMs.toFixed(0)} ms, underruns ${statistics.underruns}, ` +
        `concealed ${((100 * statistics.concealedSamples) / statistics.playedSamples).toFixed(1)} %\n`,
    );
    expect(correlation).toBeGreaterThan(0.9);
    // Ten times what an idle computer has.
    expect(latency).toBeLessThan(1000);
  });
});
