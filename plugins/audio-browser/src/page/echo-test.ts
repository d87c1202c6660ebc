import type { EchoTestResult } from '@roomkey/core';
import { chirp, CHIRP_RATE, chirpLevel } from './chirp.js';
import { openStream, stopTracks } from './devices.js';
import { MonoConverter } from './mono-converter.js';
import { delay, openContext, resume } from './test-sound.js';
import { MediaStreamTrackProcessor } from './track-processor.js';

/** The time between two chirps, s. */
const INTERVAL = 0.35;
/** The chirps that are played: an echo canceller learns from the first of them. */
const CHIRPS = 6;
/** The chirps at the end that are measured. */
const MEASURED = 2;
/** How long a sound may take to the microphone, s. */
const DELAY = 0.3;
const PIECES = 100;

/**
 * Plays chirps and measures what of them comes back, without and with echo cancellation: no API tells
 * whether the browser cancels what this page plays.
 *
 * @param playing the open loudspeaker's; default: one for this test
 * @throws DOMException
 */
export async function testEcho(
  playing: AudioContext | undefined,
  inputId: string | undefined,
  outputId: string | undefined,
): Promise<EchoTestResult> {
  const context = playing ?? (await openContext(outputId));
  try {
    await resume(context);
    const unprocessedDb = await measure(context, inputId, false);
    return { unprocessedDb, processedDb: await measure(context, inputId, true) };
  } finally {
    if (context !== playing) await context.close();
  }
}

async function measure(
  context: AudioContext,
  inputId: string | undefined,
  processing: boolean,
): Promise<number> {
  const stream = await openStream({
    processing,
    ...(inputId === undefined ? {} : { deviceId: inputId }),
  });
  try {
    const [track] = stream.getAudioTracks();
    if (track === undefined || MediaStreamTrackProcessor === undefined) {
      throw new DOMException('no stream of the microphone’s sound', 'NotSupportedError');
    }
    playChirps(context, context.currentTime + 0.1);
    await delay(0.1 + (CHIRPS - MEASURED) * INTERVAL);
    const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: PIECES });
    return chirpLevel(await record(readable, MEASURED * INTERVAL + DELAY));
  } finally {
    stopTracks(stream);
  }
}

function playChirps(context: AudioContext, start: number): void {
  const sound = chirp(context.sampleRate);
  const buffer = context.createBuffer(1, sound.length, context.sampleRate);
  buffer.copyToChannel(sound, 0);
  for (let count = 0; count < CHIRPS; count += 1) {
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(context.destination);
    source.start(start + count * INTERVAL);
  }
}

/** @returns what is captured from now on, at `CHIRP_RATE` */
async function record(readable: ReadableStream<AudioData>, seconds: number): Promise<Float32Array> {
  const converter = new MonoConverter(CHIRP_RATE);
  const recording = new Float32Array(Math.round(seconds * CHIRP_RATE));
  const reader = readable.getReader();
  for (let filled = 0; filled < recording.length;) {
    const { value } = await reader.read();
    if (value === undefined) break;
    const { samples } = converter.convert(value, 0);
    value.close();
    recording.set(samples.subarray(0, recording.length - filled), filled);
    filled += samples.length;
  }
  await reader.cancel();
  return recording;
}
