import { opusFormat } from '@roomkey/core/wire';
import { findSink } from './loudspeaker.js';

/** How long a context may take to start, s. */
const START_TIME = 0.3;
/** Hz; a fifth, which sounds like a signal and not like a fault. */
const TONES = [440, 660] as const;
const TONE_TIME = 0.35;
const VOLUME = 0.3;

/** Opens a loudspeaker for a test. @throws DOMException */
export async function openContext(outputId: string | undefined): Promise<AudioContext> {
  const sinkId = await findSink(outputId);
  const context = new AudioContext({ sampleRate: opusFormat.sampleRate });
  if (sinkId !== undefined) await context.setSinkId(sinkId);
  return context;
}

/** @throws DOMException `AbortError` if the page may not play */
export async function resume(context: AudioContext): Promise<void> {
  await Promise.race([context.resume(), delay(START_TIME)]);
  if (context.state !== 'running') {
    throw new DOMException('the page may not play sound before a click', 'AbortError');
  }
}

/** Plays two tones, one after the other. @throws DOMException */
export async function playTone(outputId: string | undefined): Promise<void> {
  const context = await openContext(outputId);
  try {
    await resume(context);
    const start = context.currentTime + 0.05;
    for (const [count, frequency] of TONES.entries()) {
      addTone(context, frequency, start + count * TONE_TIME);
    }
    await delay(0.05 + TONES.length * TONE_TIME + context.outputLatency);
  } finally {
    await context.close();
  }
}

export function delay(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** A tone with soft ends, which do not click. */
function addTone(context: AudioContext, frequency: number, start: number): void {
  const oscillator = new OscillatorNode(context, { frequency });
  const gain = new GainNode(context, { gain: 0 });
  gain.gain.setTargetAtTime(VOLUME, start, 0.01);
  gain.gain.setTargetAtTime(0, start + TONE_TIME - 0.1, 0.02);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + TONE_TIME);
}
