/// <reference lib="dom" />
// Functions that are passed to `evaluate` run in the page.
import type { Page } from 'playwright-core';
import type { PagePrefixes } from '../../../../test/support/module-page.js';
import { floatsOf } from './audio-page.js';

declare global {
  interface Window {
    /** What the worklet gave, in order. */
    played: { readonly samples: Float32Array<ArrayBuffer>; readonly time: number }[];
  }
}

/** Code that keeps what the worklet of the loudspeaker gives, sample by sample, before the volume. */
export const recorder: PagePrefixes = {
  'playback-worklet.js': `
    registerProcessor('test-recorder', class extends AudioWorkletProcessor {
      process([[input]]) {
        if (input === undefined) return true;
        this.samples ??= new Float32Array(128 * 40);
        this.filled ??= 0;
        if (this.filled === 0) this.time = Date.now();
        this.samples.set(input, this.filled);
        this.filled += 128;
        if (this.filled === this.samples.length) {
          this.filled = 0;
          this.port.postMessage({ samples: this.samples, time: this.time });
        }
        return true;
      }
    });`,
  'index.js': `
    window.played = [];
    const Node = AudioWorkletNode;
    window.AudioWorkletNode = class extends Node {
      constructor(context, name, options) {
        super(context, name, options);
        const recorder = new Node(context, 'test-recorder', { numberOfOutputs: 0 });
        recorder.port.onmessage = ({ data }) => window.played.push(data);
        this.connect(recorder);
      }
    };`,
};

/** A recording of what was played. */
export interface Recording {
  /** 48 kHz. */
  readonly samples: Float32Array;
  /** When the first sample was made, ms since 1970. */
  readonly startedAt: number;
}

/** Takes what was recorded so far. */
export async function takeRecording(page: Page): Promise<Recording> {
  const { text, times } = await page.evaluate(async () => {
    const blocks = window.played.splice(0);
    const bytes = new Uint8Array(
      await new Blob(blocks.map(({ samples }) => samples)).arrayBuffer(),
    );
    let binary = '';
    for (let at = 0; at < bytes.length; at += 4096) {
      binary += String.fromCharCode(...bytes.subarray(at, at + 4096));
    }
    return { text: btoa(binary), times: blocks.map(({ time }) => time) };
  });
  const samples = floatsOf(text);
  // Several blocks are made at once, some of them late.
  const starts = times.map((time, block) => time - (block * 128 * 40) / 48).sort((a, b) => a - b);
  return { samples, startedAt: starts[starts.length >> 1] ?? 0 };
}
