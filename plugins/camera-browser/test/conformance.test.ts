import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { cameraConformance } from '@roomkey/core/conformance';
import { describeWith } from '../../../test/support/optional.js';
import { BrowserCamera } from '../src/browser-camera.js';
import { FAKE_CAMERA, PageServer, startChromium } from './support/browser-page.js';

describeWith('chromium', 'the camera of a browser', () => {
  const camera = new BrowserCamera();
  let browser: Browser;
  let server: PageServer;
  beforeAll(async () => {
    server = await PageServer.start();
    browser = await startChromium(FAKE_CAMERA);
    const { channel } = await server.open(await browser.newContext());
    camera.usePage(channel);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  cameraConformance({ describe, test }, { create: () => camera, unknownDeviceId: 'none such' });
});
