/// <reference lib="dom" />
// Functions that are passed to `evaluate` run in the page.
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { STEP_MS } from './support/app-window.js';
import { openHomes } from './support/desktop.js';
import { describeWith } from './support/optional.js';
import { meet, openUser, pictureOf, type User } from './support/people.js';
import { sideOf } from './support/pictures.js';
import { writeLargeClip } from './support/y4m.js';

vi.setConfig({ testTimeout: 300_000 });

/** The codec that a browser chooses automatically. */
const automatic = expect.stringMatching(/^(H\.264|VP8)$/) as string;

/** Two people in a call; Grace’s camera captures 1280 × 720. */
async function openCall(): Promise<readonly [grace: User, ada: User]> {
  const [atGrace, atAda] = await openHomes(2);
  const clip = join(atGrace!.home, 'large.y4m');
  await writeLargeClip(clip, 'grace');
  const [grace, ada] = await Promise.all([
    openUser(atGrace!, 'grace', { clip }),
    openUser(atAda!, 'ada'),
  ]);
  await meet(grace, ada, 'Studio', 'sesame open');
  await Promise.all([grace.window.startCamera(), ada.window.startCamera()]);
  return [grace, ada];
}

describeWith('chromium', 'a setting of a desktop app', () => {
  it('changes the video that the partner gets', async () => {
    const [grace, ada] = await openCall();
    const remote = ada.window.partnersPicture.locator('canvas');
    const gets = async (figures: Readonly<Record<string, unknown>>): Promise<void> => {
      await expect.poll(() => ada.window.figures(), { timeout: STEP_MS }).toMatchObject(figures);
      await pictureOf(remote, 'grace');
    };
    await ada.window.showFigures();
    await gets({ Picture: '1280 × 720', Codec: automatic });

    await grace.window.choose('Resolution', '640 × 360');
    await gets({ Picture: '640 × 360', Codec: automatic });
    await grace.window.choose('Codec', 'JPEG');
    await gets({ Picture: '640 × 360', Codec: 'JPEG' });
    await grace.window.choose('Codec', 'VP8');
    await gets({ Picture: '640 × 360', Codec: 'VP8' });
    await grace.window.choose('Resolution', '1280 × 720');
    await gets({ Picture: '1280 × 720', Codec: 'VP8' });
    // Only Grace’s video changes.
    await grace.window.showFigures();
    await expect
      .poll(() => grace.window.figures(), { timeout: STEP_MS })
      .toMatchObject({ Picture: '640 × 360', Codec: automatic });
  });

  it('changes the user’s own view of the call, not the partner’s', async () => {
    const [grace, ada] = await openCall();
    const { window } = grace;
    const own = window.ownPicture.locator('video');
    const remote = window.partnersPicture.locator('canvas');
    const away = ada.window.partnersPicture.locator('canvas');
    const blank = await grace.browser.newPage();
    const expectSides = async (side: 'plain' | 'mirrored'): Promise<void> => {
      for (const [picture, person, expected] of [
        [own, 'grace', side],
        [remote, 'ada', 'plain'],
        [away, 'grace', 'plain'],
      ] as const) {
        await expect
          .poll(() => sideOf(picture, person, blank), { timeout: STEP_MS })
          .toBe(expected);
      }
    };

    const figures = window.page.getByLabel('Figures of the call');
    expect(await figures.count()).toBe(0);
    await window.showFigures();
    expect(await ada.window.page.getByLabel('Figures of the call').count()).toBe(0);
    await window.button('Show figures').click();
    await figures.waitFor({ state: 'detached' });

    // Mirrored by default.
    await expectSides('mirrored');
    await window.button('Mirror my picture').click();
    await expectSides('plain');
    await window.button('Settings').click();
    await window.dialog('Settings').getByLabel('Mirror my own picture').click();
    await window.dialog('Settings').getByRole('button', { name: 'Done' }).click();
    await expectSides('mirrored');

    const fills = () =>
      remote.evaluate((canvas) => {
        const filling = document.fullscreenElement;
        if (filling?.contains(canvas) !== true) return false;
        const { width, height } = filling.getBoundingClientRect();
        return width === innerWidth && height === innerHeight;
      });
    expect(await fills()).toBe(false);
    await window.button('Full screen').click();
    await expect.poll(fills, { timeout: STEP_MS }).toBe(true);
    await pictureOf(remote, 'ada');
    await window.button('Leave full screen').click();
    await expect.poll(fills, { timeout: STEP_MS }).toBe(false);
    await window.button('Full screen').waitFor();
    await pictureOf(remote, 'ada');
  });

  it('changes the colors of the app, also after its page reloads', async () => {
    const [home] = await openHomes(1);
    const { window } = await openUser(home!, 'grace', 'none');
    const brightness = () =>
      window.page.evaluate(() => {
        const context = new OffscreenCanvas(1, 1).getContext('2d');
        if (context === null) throw new Error('The page draws nothing.');
        context.fillStyle = getComputedStyle(document.body).backgroundColor;
        context.fillRect(0, 0, 1, 1);
        const [red = 0, green = 0, blue = 0] = context.getImageData(0, 0, 1, 1).data;
        return (red + green + blue) / 3;
      });
    // The system’s theme is light here.
    expect(await brightness()).toBeGreaterThan(225);
    await window.choose('Colors', 'Dark');
    await expect.poll(brightness, { timeout: STEP_MS }).toBeLessThan(30);
    await window.page.reload();
    await window.button('Account: Grace').waitFor();
    await expect.poll(brightness, { timeout: STEP_MS }).toBeLessThan(30);
    // The reverse, with a dark system theme.
    await window.page.emulateMedia({ colorScheme: 'dark' });
    await window.choose('Colors', 'Light');
    await expect.poll(brightness, { timeout: STEP_MS }).toBeGreaterThan(225);
    await window.choose('Colors', 'As the system');
    await expect.poll(brightness, { timeout: STEP_MS }).toBeLessThan(30);
  });
});
