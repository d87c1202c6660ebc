import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { STEP_MS } from './support/app-window.js';
import { openHomes } from './support/desktop.js';
import { describeWith } from './support/optional.js';
import { meet, openUser, pictureOf } from './support/people.js';
import { colorAt, readPixels } from './support/pictures.js';
import { writeClip } from './support/y4m.js';

vi.setConfig({ testTimeout: 240_000 });

const TITLE = 'Slides of the harbour';
/** What the tab shows: a colour in each quarter. */
const quarters = ['red', 'lime', 'blue', 'yellow'] as const;

describeWith('chromium', 'somebody in a call of two desktop apps', () => {
  it('shares a tab in place of the camera, and goes back to the camera', async () => {
    const [atGrace, atAda] = await openHomes(2);
    const clip = join(atGrace!.home, 'camera.y4m');
    await writeClip(clip, 'grace');
    const [grace, ada] = await Promise.all([
      openUser(atGrace!, 'grace', { clip, tab: TITLE }),
      openUser(atAda!, 'ada'),
    ]);
    await openSlides(grace.browser);
    await meet(grace, ada, 'Studio', 'sesame open');
    const { window } = grace;
    const own = window.ownPicture;
    const remote = ada.window.partnersPicture.locator('canvas');
    await window.startCamera();
    await pictureOf(remote, 'grace');

    await window.button('Share screen').click();
    await own.getByText('Your screen', { exact: true }).waitFor();
    await expect.poll(() => colorsOf(remote), { timeout: STEP_MS }).toEqual(quarters);
    // The own picture too, and it is not that of the camera.
    await expect.poll(() => colorsOf(own.locator('video')), { timeout: STEP_MS }).toEqual(quarters);
    expect(await window.button('Stop camera').count()).toBe(0);
    expect(await window.button('Share screen').count()).toBe(0);

    await window.button('Stop sharing').click();
    await window.button('Start camera').waitFor();
    await ada.window.partnersPicture.getByText('No picture now from Grace').waitFor();
    await window.startCamera();
    await own.getByText('You', { exact: true }).waitFor();
    await pictureOf(own.locator('video'), 'grace');
    await pictureOf(remote, 'grace');
    await window.button('Share screen').waitFor();
  });
});

/** A tab of the person’s browser, which is no page of Roomkey’s. */
async function openSlides(browser: Browser): Promise<Page> {
  const page = await browser.newPage();
  const cells = quarters.map((color) => `<div style="background: ${color}"></div>`);
  await page.setContent(
    `<!doctype html><title>${TITLE}</title><body style="display: grid; grid: 1fr 1fr / 1fr 1fr; height: 100vh; margin: 0">${cells.join('')}`,
  );
  return page;
}

/** The colours in the quarters of what a `<video>` or `<canvas>` shows. */
async function colorsOf(picture: Locator): Promise<readonly string[]> {
  const pixels = await readPixels(picture, 80, 40);
  return [
    [20, 10],
    [60, 10],
    [20, 30],
    [60, 30],
  ].map(([x = 0, y = 0]) => {
    const [red, green, blue] = colorAt(pixels, x, y).map((value) => value > 128);
    if (blue) return red || green ? 'other' : 'blue';
    return red ? (green ? 'yellow' : 'red') : green ? 'lime' : 'other';
  });
}
