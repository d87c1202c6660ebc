/** Plays sound from a jitter buffer, on the browser's thread for sound. */
import type { AudioOutputStatistics } from '@roomkey/core';
import { JitterBuffer, SAMPLE_RATE } from '@roomkey/core/audio';
import { PROCESSOR, type SoundMessage } from './playback-messages.js';

/** The samples between two reports: 200 ms, or 50 ms where something happened that counts. */
const REPORT_SAMPLES = SAMPLE_RATE / 5;
const EARLY_REPORT_SAMPLES = SAMPLE_RATE / 20;

class PlaybackProcessor extends AudioWorkletProcessor {
  readonly #buffer = new JitterBuffer();
  #stream = 0;
  /** Since the last report. */
  #samples = 0;
  #squares = 0;
  /** In the last report. */
  #events = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<SoundMessage>) => {
      if (data.stream !== this.#stream) {
        this.#stream = data.stream;
        this.#buffer.restart();
      }
      try {
        this.#buffer.push(data);
      } catch {
        // A peer wrote it: its length is not that of the units before.
      }
    };
  }

  process(_inputs: unknown, outputs: readonly (readonly Float32Array[])[]): boolean {
    const output = outputs[0]?.[0];
    if (output === undefined) return true;
    this.#buffer.pull(output);
    for (const sample of output) this.#squares += sample * sample;
    this.#samples += output.length;
    if (this.#samples % EARLY_REPORT_SAMPLES < output.length) this.#report();
    return true;
  }

  #report(): void {
    const { depthMs, targetMs, playedSamples, concealedSamples, late, underruns } =
      this.#buffer.gauges;
    const events = late + underruns;
    if (this.#samples < REPORT_SAMPLES && events === this.#events) return;
    this.#events = events;
    const level = Math.min(1, Math.sqrt(this.#squares / this.#samples));
    this.#samples = 0;
    this.#squares = 0;
    const lateUnits = late;
    const report: AudioOutputStatistics = {
      depthMs,
      targetMs,
      playedSamples,
      concealedSamples,
      lateUnits,
      underruns,
      level,
    };
    this.port.postMessage(report);
  }
}

registerProcessor(PROCESSOR, PlaybackProcessor);
