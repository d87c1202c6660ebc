/// <reference lib="dom" />
// Functions that are passed to `evaluate` run in the page.
import { expect, it, vi } from 'vitest';
import { describeWith } from './support/optional.js';
import { meet, openTwo, pictureOf } from './support/people.js';
import { STEP_MS } from './support/app-window.js';

vi.setConfig({ testTimeout: 240_000 });

describeWith('chromium', 'two people at two desktop apps, in a room without a password', () => {
  it('compare words and see each other; the camera stops when the guest leaves', async () => {
    const [grace, ada] = await openTwo();
    await meet(grace, ada, 'Porch');
    for (const { window } of [grace, ada]) {
      await window.page.getByRole('list', { name: 'Words to compare', exact: true }).waitFor();
      await window.partner.getByText('Compare them by telephone or face to face').waitFor();
      await window.partner.getByText('New on this computer').waitFor();
    }
    await Promise.all([grace.window.startCamera(), ada.window.startCamera()]);
    await pictureOf(grace.window.partnersPicture.locator('canvas'), 'ada');
    await pictureOf(ada.window.partnersPicture.locator('canvas'), 'grace');
    const camera = await grace.window.ownPicture
      .locator('video')
      .evaluateHandle((video: HTMLVideoElement) => {
        return (video.srcObject as MediaStream).getVideoTracks()[0];
      });
    const cameraState = (): Promise<string | undefined> =>
      camera.evaluate((track) => track?.readyState);
    expect(await cameraState()).toBe('live');

    await ada.window.exit('another’s');
    await grace.window.notices
      .getByText('Ada left. Your camera is off because anyone can join this room.')
      .waitFor();
    await grace.window.ownPicture.getByText('Your camera is off').waitFor();
    await expect.poll(cameraState, { timeout: STEP_MS }).toBe('ended');
    await grace.window.partnersPicture.getByText(/Ada\W left/).waitFor();

    // The next guest sees no video until the owner starts the camera again.
    await ada.window.join('Porch');
    expect(await ada.window.words()).toEqual(await grace.window.words());
    await grace.window.partner.getByText('Same identity as before').waitFor();
    await ada.window.partnersPicture.getByText('Grace’s camera is off').waitFor();
    await grace.window.startCamera();
    await pictureOf(ada.window.partnersPicture.locator('canvas'), 'grace');

    await grace.window.exit('delete');
    await ada.window.heading('The room was deleted').waitFor();
    await ada.window.button('Back to the rooms').click();
    await ada.window.heading('No rooms yet').waitFor();
    await grace.window.heading('No rooms yet').waitFor();
  });
});
