import { afterAll, beforeAll, describe, test } from 'vitest';
import { cameraConformance } from '@roomkey/core/conformance';
import { useChromium } from '../../../test/support/chromium.js';
import { ModulePageServer } from '../../../test/support/module-page.js';
import { describeWith } from '../../../test/support/optional.js';
import { BrowserCamera } from '../src/browser-camera.js';
import { folder } from './support/camera-page.js';

describeWith('chromium', 'the browser’s camera', () => {
  const camera = new BrowserCamera();
  const browser = useChromium('moving');
  let server: ModulePageServer | undefined;
  beforeAll(async () => {
    server = await ModulePageServer.start(folder);
    const { channel } = await server.open(await browser().newContext());
    camera.setPage(channel);
  });
  afterAll(() => server?.close());

  cameraConformance({ describe, test }, { create: () => camera, unknownDeviceId: 'none such' });
});
