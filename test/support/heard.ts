/// <reference lib="dom" />
// Functions that are passed to `evaluate` and `addInitScript` run in the page.
import type { BrowserContext, Page } from 'playwright-core';
import { floatsOf } from '../../plugins/audio-browser/test/support/audio-page.js';

/** What a page played, in pieces of about 10 ms. */
interface Heard {
  /** ms since 1970, when the pieces were played. */
  readonly times: readonly number[];
  /** The number of samples of each piece. */
  readonly lengths: readonly number[];
  /** The loudspeaker that played each piece: how many the page had opened before. */
  readonly speakers: readonly number[];
  /** All their samples, at 48 kHz. */
  readonly samples: Float32Array;
}

declare global {
  interface Window {
    heard: {
      readonly samples: Float32Array<ArrayBuffer>;
      readonly time: number;
      readonly speaker: number;
    }[];
  }
}

/** Records what every page of a browser plays, before the volume, for 40 s at most. */
export async function recordSound(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const Node = window.AudioWorkletNode;
    // Chromium has it for sound too.
    const Processor = (
      window as unknown as {
        MediaStreamTrackProcessor: new (options: {
          track: MediaStreamTrack;
          maxBufferSize: number;
        }) => { readable: ReadableStream<AudioData> };
      }
    ).MediaStreamTrackProcessor;
    window.heard = [];
    let speakers = 0;
    window.AudioWorkletNode = class extends Node {
      constructor(...given: ConstructorParameters<typeof Node>) {
        super(...given);
        const destination = new MediaStreamAudioDestinationNode(this.context as AudioContext, {
          channelCount: 1,
        });
        this.connect(destination);
        const [track] = destination.stream.getAudioTracks();
        if (track === undefined) return;
        const speaker = speakers++;
        const { readable } = new Processor({ track, maxBufferSize: 1000 });
        void readable.pipeTo(
          new WritableStream({
            write(data) {
              const samples = new Float32Array(data.numberOfFrames);
              data.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
              data.close();
              window.heard.push({ samples, time: Date.now(), speaker });
              window.heard.splice(0, window.heard.length - 4000);
            },
          }),
        );
      }
    };
  });
}

/** Takes what was played since the last time. */
export async function takeHeard(page: Page): Promise<Heard> {
  const { text, ...pieces } = await page.evaluate(async () => {
    const pieces = window.heard.splice(0);
    const bytes = new Uint8Array(
      await new Blob(pieces.map(({ samples }) => samples)).arrayBuffer(),
    );
    let binary = '';
    for (let at = 0; at < bytes.length; at += 4096) {
      binary += String.fromCharCode(...bytes.subarray(at, at + 4096));
    }
    return {
      text: btoa(binary),
      times: pieces.map(({ time }) => time),
      lengths: pieces.map(({ samples }) => samples.length),
      speakers: pieces.map(({ speaker }) => speaker),
    };
  });
  return { ...pieces, samples: floatsOf(text) };
}

/** The samples of each loudspeaker that played something, in the order in which they were opened. */
export function samplesOfSpeakers({ lengths, speakers, samples }: Heard): readonly Float32Array[] {
  const parts = new Map<number, number[]>();
  let at = 0;
  for (const [index, length] of lengths.entries()) {
    const speaker = speakers[index] ?? 0;
    const part = parts.get(speaker) ?? [];
    for (const sample of samples.subarray(at, at + length)) part.push(sample);
    parts.set(speaker, part);
    at += length;
  }
  const opened = [...parts].sort(([one], [other]) => one - other);
  return opened.map(([, part]) => Float32Array.from(part));
}

/** The time of the last piece that is louder than nothing; ms since 1970, or undefined. */
export function lastSound({ times, lengths, samples }: Heard): number | undefined {
  let last: number | undefined;
  let at = 0;
  for (const [index, length] of lengths.entries()) {
    const piece = samples.subarray(at, at + length);
    if (piece.some((sample) => Math.abs(sample) > 1e-4)) last = times[index];
    at += length;
  }
  return last;
}
