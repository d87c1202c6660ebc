/// <reference lib="dom" />
// Functions that are passed to `evaluate` run in the page.
import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { BinaryKind } from '../hosts/desktop/src/messages/index.js';
import { openHomes } from './support/desktop.js';
import { describeWith } from './support/optional.js';
import { openUser, pictureOf, watch, type User } from './support/people.js';
import type { Shell } from './support/shell.js';

vi.setConfig({ testTimeout: 240_000 });

/** The sentence on the screen of a guest who was declined. */
const DECLINED = '\u2068Grace\u2069 didn’t let you in';

/**
 * Grace, who waits in a room without a password, and Dora, who has never met her. A third person
 * has not started their app yet.
 */
async function openPorch(): Promise<readonly [grace: User, dora: User, atEve: Shell]> {
  const [atGrace, atDora, atEve] = await openHomes(3);
  const [grace, dora] = await Promise.all([
    openUser(atGrace!, 'grace'),
    openUser(atDora!, 'ada', undefined, 'Dora'),
  ]);
  await grace.window.createRoom('Porch');
  await grace.window.join('Porch');
  await grace.window.partnersPicture.getByText('Anyone on this network can ask to join.').waitFor();
  await dora.window.room('Porch').filter({ hasText: /Open/ }).waitFor();
  return [grace, dora, atEve!];
}

/** Counts the units of a participant that the app passes to its page, from a reload on. */
async function countUnits(page: Page): Promise<() => number> {
  let units = 0;
  page.on('websocket', (socket) => {
    // An event of Playwright. cspell:ignore framereceived
    socket.on('framereceived', ({ payload }) => {
      if (typeof payload !== 'string' && payload[0] === BinaryKind.remote) units += 1;
    });
  });
  await page.reload();
  return () => units;
}

describeWith('chromium', 'a stranger at a room without a password', () => {
  it('gets no picture before being let in; the camera goes on, and the next guest has to ask', async () => {
    const [grace, dora, atEve] = await openPorch();
    const unitsOfDora = await countUnits(dora.window.page);
    await grace.window.startCamera();
    const camera = await grace.window.ownPicture
      .locator('video')
      .evaluateHandle((video: HTMLVideoElement) => {
        return (video.srcObject as MediaStream).getVideoTracks()[0];
      });
    const cameraState = (): Promise<string | undefined> =>
      camera.evaluate((track) => track?.readyState);

    await dora.window.join('Porch');
    await dora.window.partnersPicture.getByText(/Waiting for \WGrace\W to let you in/).waitFor();
    await dora.window.startCamera();
    const knock = grace.window.knock('Dora');
    await knock.getByText('New on this computer').waitFor();
    for (const { window } of [grace, dora]) {
      await watch(window.ownPicture.locator('video'), 30);
      expect(await window.partnersPicture.locator('.picture:not(.away)').count()).toBe(0);
    }
    expect(unitsOfDora()).toBe(0);

    await grace.window.letIn('Dora');
    await knock.waitFor({ state: 'detached' });
    expect(await dora.window.words()).toEqual(await grace.window.words());
    await grace.window.page.getByRole('list', { name: 'Words to compare', exact: true }).waitFor();
    await grace.window.partner.getByText('Compare them by telephone or face to face').waitFor();
    await pictureOf(grace.window.partnersPicture.locator('canvas'), 'ada');
    await pictureOf(dora.window.partnersPicture.locator('canvas'), 'grace');
    expect(unitsOfDora()).toBeGreaterThan(0);

    await dora.window.exit('another’s');
    await grace.window.partnersPicture.getByText(/Dora\W left/).waitFor();
    await pictureOf(grace.window.ownPicture.locator('video'), 'grace');
    expect(await cameraState()).toBe('live');
    expect(await grace.window.notices.count()).toBe(0);

    const eve = await openUser(atEve, 'ada', 'none', 'Eve');
    await eve.window.join('Porch');
    await grace.window.letIn('Eve');
    await pictureOf(eve.window.partnersPicture.locator('canvas'), 'grace');
    expect(await cameraState()).toBe('live');

    await grace.window.exit('delete');
    await eve.window.heading('The room was deleted').waitFor();
    await eve.window.button('Back to the rooms').click();
    await eve.window.heading('No rooms yet').waitFor();
  });

  it('is told that the owner did not let them in, and cannot ask again', async () => {
    const [grace, dora] = await openPorch();
    await dora.window.join('Porch');
    const knock = grace.window.knock('Dora');
    await knock.getByRole('button', { name: 'Not now' }).click();
    await knock.waitFor({ state: 'detached' });
    const declined = dora.window.heading(DECLINED);
    await declined.waitFor();
    expect(await dora.window.page.getByRole('button').allTextContents()).toEqual([
      'Back to the rooms',
    ]);

    // Watches the owner's window, which must not ask again.
    await grace.window.page.evaluate(() => {
      const seen = new MutationObserver(() => {
        if (document.querySelector('.knock') !== null) document.body.dataset['asked'] = 'again';
      });
      seen.observe(document.body, { childList: true, subtree: true });
    });
    await dora.window.button('Back to the rooms').click();
    await dora.window.join('Porch');
    await declined.waitFor();
    expect(await grace.window.page.evaluate(() => document.body.dataset['asked'])).toBeUndefined();
    await grace.window.partnersPicture.getByText('Waiting for someone').waitFor();
  });
});
