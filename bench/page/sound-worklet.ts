// Reads what another worklet gives to the loudspeaker, and when.
import { SAMPLE_RATE } from '@roomkey/core/audio';
import { SoundCollector } from './sound-recorder.js';

class RecordingProcessor extends AudioWorkletProcessor {
  readonly #collector = new SoundCollector((pieces) => this.port.postMessage(pieces));

  process(inputs: readonly (readonly Float32Array[])[]): boolean {
    const samples = inputs[0]?.[0];
    if (samples !== undefined) this.#collector.add(samples, SAMPLE_RATE, Date.now());
    return true;
  }
}

registerProcessor('bench-recorder', RecordingProcessor);
