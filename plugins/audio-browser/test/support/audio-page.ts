/// <reference lib="dom" />
// Functions that are passed to `evaluate` run in the page.
import type { Browser, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import type { AudioInput, AudioUnit, PageChannel } from '@roomkey/core';
import { ModulePageServer, type PagePrefixes } from '../../../../test/support/module-page.js';
import { BrowserAudio } from '../../src/browser-audio.js';
import type { ToPage } from '../../src/messages.js';

/** The bundled page side. */
export const folder = new URL('../../dist/page/', import.meta.url);

/** A page's sound. */
export interface AudioPage {
  readonly audio: BrowserAudio;
  readonly page: Page;
  readonly channel: PageChannel;
  /** The text messages of Node to the page. */
  readonly sent: readonly ToPage[];
}

/** Opens a page that closes with the test. @param prefixes see `ModulePageServer.start` */
export async function openPage(browser: Browser, prefixes: PagePrefixes = {}): Promise<AudioPage> {
  const server = await ModulePageServer.start(folder, prefixes);
  onTestFinished(() => server.close());
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const { page, channel } = await server.open(context);
  const audio = new BrowserAudio();
  const sent: ToPage[] = [];
  audio.setPage({
    ...channel,
    send: (message) => {
      if (typeof message === 'string') sent.push(JSON.parse(message) as ToPage);
      channel.send(message);
    },
  });
  return { audio, page, channel, sent };
}

/** Takes the next units. */
export async function take(input: AudioInput, count: number): Promise<AudioUnit[]> {
  const units: AudioUnit[] = [];
  for await (const unit of input) if (units.push(unit) === count) return units;
  throw new Error('the iteration ended');
}

/** Takes units until one fits. */
export async function takeUntil(
  input: AudioInput,
  fits: (unit: AudioUnit) => boolean,
): Promise<AudioUnit> {
  for await (const unit of input) if (fits(unit)) return unit;
  throw new Error('the iteration ended');
}

/** Decodes packets of one stream in order, in the page, with a decoder of their own. */
export async function decodePackets(
  page: Page,
  packets: readonly Uint8Array[],
): Promise<Float32Array> {
  const texts = packets.map((packet) => Buffer.from(packet).toString('base64'));
  const text = await page.evaluate(async (texts) => {
    const parts: Float32Array<ArrayBuffer>[] = [];
    let failure: unknown;
    const decoder = new AudioDecoder({
      output: (data) => {
        const samples = new Float32Array(data.numberOfFrames);
        data.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
        parts.push(samples);
        data.close();
      },
      error: (error) => (failure = error),
    });
    decoder.configure({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 });
    for (const each of texts) {
      const data = Uint8Array.from(atob(each), (character) => character.charCodeAt(0));
      decoder.decode(new EncodedAudioChunk({ type: 'key', timestamp: 0, data }));
    }
    await decoder.flush();
    decoder.close();
    if (failure !== undefined) throw failure as Error;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    let binary = '';
    for (let at = 0; at < bytes.length; at += 4096) {
      binary += String.fromCharCode(...bytes.subarray(at, at + 4096));
    }
    return btoa(binary);
  }, texts);
  return floatsOf(text);
}

/** Reads 32-bit floats in base 64. */
export function floatsOf(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return new Float32Array(bytes.buffer);
}
