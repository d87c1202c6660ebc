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
/** The tab's contents: a color in each quarter. */
const quarters = ['red', 'lime', 'blue', 'yellow'] as const;

describeWith('chromium', 'the screen in a call of two desktop apps', () => {
  it('is shared beside the camera, from both sides, and ends at once', async () => {
    const homes = await openHomes(2);
    const clips = homes.map(({ home }) => join(home, 'camera.y4m'));
    await Promise.all([writeClip(clips[0]!, 'grace'), writeClip(clips[1]!, 'ada')]);
    const [grace, ada] = await Promise.all([
      openUser(homes[0]!, 'grace', { clip: clips[0]!, tab: TITLE }),
      openUser(homes[1]!, 'ada', { clip: clips[1]!, tab: TITLE }),
    ]);
    await Promise.all([openSlides(grace.browser), openSlides(ada.browser)]);
    await meet(grace, ada, 'Studio', 'sesame open');
    await Promise.all([grace.window.startCamera(), ada.window.startCamera()]);
    const stage = ada.window.partnersPicture.locator('canvas');
    await pictureOf(stage, 'grace');

    await grace.window.button('Share screen').click();
    await ada.window.partnersPicture.getByText('Grace shares their screen').waitFor();
    await expect.poll(() => colorsOf(stage), { timeout: STEP_MS }).toEqual(quarters);
    // The camera's video is beside the screen, and goes on.
    await pictureOf(ada.window.thumbnail('Grace').locator('canvas'), 'grace');
    const ownScreen = grace.window.ownScreen.locator('video');
    await expect.poll(() => colorsOf(ownScreen), { timeout: STEP_MS }).toEqual(quarters);
    await pictureOf(grace.window.ownPicture.locator('video'), 'grace');

    await ada.window.button('Share screen').click();
    const stageOfGrace = grace.window.partnersPicture.locator('canvas');
    await expect.poll(() => colorsOf(stageOfGrace), { timeout: STEP_MS }).toEqual(quarters);
    await pictureOf(grace.window.thumbnail('Ada').locator('canvas'), 'ada');

    await grace.window.stopCamera();
    await ada.window.thumbnail('Grace').getByText('Grace’s camera is off').waitFor();
    expect(await colorsOf(stage)).toEqual(quarters);
    await grace.window.startCamera();
    await pictureOf(ada.window.thumbnail('Grace').locator('canvas'), 'grace');

    await grace.window.button('Stop sharing').click();
    await grace.window.button('Share screen').waitFor();
    // The large tile shows the camera again.
    await ada.window.thumbnail('Grace').waitFor({ state: 'detached' });
    await pictureOf(ada.window.partnersPicture.locator('canvas'), 'grace');
    expect(await colorsOf(stageOfGrace)).toEqual(quarters);
  });
});

/** A tab in the person’s browser that is not Roomkey's page. */
async function openSlides(browser: Browser): Promise<Page> {
  const page = await browser.newPage();
  const cells = quarters.map((color) => `<div style="background: ${color}"></div>`);
  await page.setContent(
    `<!doctype html><title>${TITLE}</title><body style="display: grid; grid: 1fr 1fr / 1fr 1fr; height: 100vh; margin: 0">${cells.join('')}`,
  );
  return page;
}

/** The colors in the quarters of a `<video>` or `<canvas>`. */
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
