// Reads the sound of a track, and tells the page when each piece of it came.
import { SoundCollector } from './sound-recorder.js';

/** The page's only message to the worker. */
export interface ToSoundWorker {
  readonly readable: ReadableStream<AudioData>;
  /** Whether the first sample of a piece is as old as the piece is long, as of a microphone. */
  readonly isCapture: boolean;
}

async function read({ readable, isCapture }: ToSoundWorker): Promise<void> {
  const collector = new SoundCollector((pieces) => postMessage(pieces));
  for await (const data of readable) {
    // As in a worklet, which has no other clock.
    const at = Date.now();
    const samples = new Float32Array(data.numberOfFrames);
    data.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
    const { sampleRate, duration } = data;
    data.close();
    collector.add(samples, sampleRate, isCapture ? at - duration / 1000 : at);
  }
}

addEventListener('message', ({ data }: MessageEvent<ToSoundWorker>) => void read(data));
