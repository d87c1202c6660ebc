import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { audioConformance } from '@roomkey/core/conformance';
import { unplugSound, useChromium } from '../../../test/support/chromium.js';
import { ModulePageServer } from '../../../test/support/module-page.js';
import { describeWith } from '../../../test/support/optional.js';
import { BrowserAudio } from '../src/browser-audio.js';
import { decodePackets, folder } from './support/audio-page.js';
import { tone, writeWav } from './support/wav.js';

describeWith('chromium', 'the browser’s sound', () => {
  const audio = new BrowserAudio();
  const sound = writeWav(tone(440, 44_100, 10), 44_100);
  const browser = useChromium('moving', [`--use-file-for-fake-audio-capture=${sound.path}`]);
  let server: ModulePageServer | undefined;
  let page: Page;
  beforeAll(async () => {
    server = await ModulePageServer.start(folder);
    const opened = await server.open(await browser().newContext());
    page = opened.page;
    audio.setPage(opened.channel);
    // A page plays sound only after a click.
    await page.mouse.click(1, 1);
  });
  afterAll(async () => {
    await server?.close();
    sound.remove();
  });

  audioConformance(
    { describe, test },
    {
      create: () => audio,
      unknownDeviceId: 'none such',
      decode: (packets) => decodePackets(page, packets),
      disconnect: () => unplugSound(browser()),
    },
  );
});
