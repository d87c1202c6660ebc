import { it, vi } from 'vitest';
import { unplugCameras } from './support/chromium.js';
import { openHomes } from './support/desktop.js';
import { describeWith } from './support/optional.js';
import { openUser, pictureOf } from './support/people.js';
import { openCallWithShell } from './support/shell-peer.js';

vi.setConfig({ testTimeout: 240_000 });

describeWith('chromium', 'someone at a desktop app', () => {
  it.each([
    ['refused', 'The camera may not be used here.'],
    ['none', 'There is no camera here.'],
  ] as const)('whose camera is %s sees what to do, and stays in the room', async (camera, text) => {
    const [home] = await openHomes(1);
    const { window } = await openUser(home!, 'grace', camera);
    await window.createRoom('Study');
    await window.join('Study');
    await window.button('Start camera').click();
    await window.ownPicture.getByText(text).waitFor();
    await window.button('Start camera').waitFor();
    await window.partnersPicture.getByText('Waiting for someone').waitFor();
  });

  it('whose camera is unplugged in a call sees a notice, and starts it again', async () => {
    const { grace, ada, blank } = await openCallWithShell();
    await unplugCameras(grace.browser);
    await grace.window.ownPicture.getByText('The camera was unplugged').waitFor();
    // The call goes on: the partner is still visible.
    await grace.window.words();
    await grace.window.button('Start camera').click();
    await pictureOf(grace.window.ownPicture.locator('video'), 'grace');
    await ada.sees('grace', blank);
  });
});
