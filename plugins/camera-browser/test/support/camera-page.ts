import type { Browser, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import {
  videoCodecNames,
  type CaptureRequest,
  type VideoSource,
  type VideoUnit,
} from '@roomkey/core';
import { BrowserCamera } from '../../src/browser-camera.js';
import type { ToPage } from '../../src/messages.js';
import { ModulePageServer, type PagePrefixes } from '../../../../test/support/module-page.js';

/** The bundled page side. */
export const folder = new URL('../../dist/page/', import.meta.url);

export const request: CaptureRequest = { width: 640, height: 480, fps: 30, quality: 80 };

/** A page's camera. */
export interface CameraPage {
  readonly camera: BrowserCamera;
  readonly page: Page;
  /** The messages of Node to the page. */
  readonly sent: readonly ToPage[];
}

/** Opens a page that closes with the test. @param prefixes see `ModulePageServer.start` */
export async function openPage(browser: Browser, prefixes: PagePrefixes = {}): Promise<CameraPage> {
  const server = await ModulePageServer.start(folder, prefixes);
  onTestFinished(() => server.close());
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  const { page, channel } = await server.open(context);
  const camera = new BrowserCamera();
  const sent: ToPage[] = [];
  camera.setPage({
    ...channel,
    send: (message) => {
      sent.push(JSON.parse(message as string) as ToPage);
      channel.send(message);
    },
  });
  return { camera, page, sent };
}

/** Opens a device for a receiver that can decode everything. */
export async function openSource(
  camera: BrowserCamera,
  changes: Partial<CaptureRequest> = {},
): Promise<VideoSource> {
  const source = await camera.open({ ...request, ...changes });
  source.encoding?.setCodecs(videoCodecNames);
  return source;
}

/** Gives credit for this many units at once, and takes them. */
export async function take(source: VideoSource, count: number): Promise<VideoUnit[]> {
  source.encoding?.grant(count);
  const units: VideoUnit[] = [];
  for await (const unit of source) if (units.push(unit) === count) break;
  return units;
}
