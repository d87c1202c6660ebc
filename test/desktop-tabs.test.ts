/// <reference lib="dom" />
// Functions that are passed to `evaluate` run in the page.
import { expect, it, vi } from 'vitest';
import { AppWindow, STEP_MS } from './support/app-window.js';
import { describeWith } from './support/optional.js';
import { pictureOf } from './support/people.js';
import { isLive } from './support/shell.js';
import { openCallWithShell, type ShellPeer } from './support/shell-peer.js';

vi.setConfig({ testTimeout: 240_000 });

describeWith('chromium', 'a call of a desktop app and a shell', () => {
  it('shows each side the other, in JPEG, and the same words', async () => {
    const { grace, ada } = await openCallWithShell();
    const live = await ada.program.line(isLive);
    expect(live['participants']).toMatchObject([{ words: await grace.window.words() }]);
    await grace.window.showFigures();
    await expect
      .poll(() => grace.window.figures(), { timeout: STEP_MS })
      .toMatchObject({ Codec: 'JPEG', Picture: '320 × 180' });
  });

  it('goes on in the newest window, and in the one that takes it back', async () => {
    const { grace, ada, blank } = await openCallWithShell();
    const opened = grace.window.page.waitForEvent('popup');
    // As “Duplicate tab” does: the new one has what the old one kept.
    await grace.window.page.evaluate(() => void window.open(location.href));
    const second = new AppWindow(await opened);

    const first = grace.window;
    for (const [here, away] of [
      [second, first],
      [first, second],
    ] as const) {
      if (here === first) await first.button('Use it here').click();
      await away.heading('Roomkey is open in another window').waitFor();
      await here.words();
      await pictureOf(here.ownPicture.locator('video'), 'grace');
      await ada.sees('grace', blank);
      await here.partnersPicture.locator('.picture:not(.away)').waitFor();
      expect(await away.page.locator('video, canvas').count()).toBe(0);
    }
    expect(partings(ada)).toEqual([]);
  });

  it('goes on after the page reloads, and the camera comes back', async () => {
    const { grace, ada, blank } = await openCallWithShell();
    await grace.window.page.reload();
    await grace.window.words();
    await pictureOf(grace.window.ownPicture.locator('video'), 'grace');
    await ada.sees('grace', blank);
    await grace.window.partnersPicture.locator('.picture:not(.away)').waitFor();
    expect(partings(ada)).toEqual([]);
  });
});

/** The absences of the partner that the peer printed. */
function partings({ program }: ShellPeer): unknown[] {
  return program.lines.filter((line) => 'lastPartner' in line);
}
