/// <reference lib="dom" />
// Functions that are passed to `evaluate` run in the page.
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it, vi } from 'vitest';
import { AppWindow } from './support/app-window.js';
import { Desktop, openHomes } from './support/desktop.js';
import { openChromium } from './support/chromium.js';
import { describeWith } from './support/optional.js';
import { ShellPeer } from './support/shell-peer.js';
import { pictureOf } from './support/people.js';
import { writeClip } from './support/y4m.js';

vi.setConfig({ testTimeout: 240_000 });

/** More tab stops than any window has. */
const MAX_STOPS = 40;

describeWith('chromium', 'someone without a mouse', () => {
  it('signs up, creates a room, has a call in it, and deletes it', async () => {
    const [home, other] = await openHomes(2);
    const clip = join(home!.home, 'camera.y4m');
    await writeClip(clip, 'grace');
    const desktop = await Desktop.start(home!);
    const browser = await openChromium({ clip });
    const window = await AppWindow.open(browser, desktop.address);
    const { page } = window;
    const { keyboard } = page;

    await window.welcome.waitFor();
    await tabTo(page, 'Name');
    await keyboard.type('Grace');
    await tabTo(page, 'Password');
    await keyboard.type('a password of mine');
    await keyboard.press('Enter');
    await window.button('Account: Grace').waitFor();

    // Escape closes a dialog and restores the focus.
    await tabTo(page, 'Settings');
    await keyboard.press('Enter');
    await window.dialog('Settings').waitFor();
    await keyboard.press('Escape');
    await window.dialog('Settings').waitFor({ state: 'detached' });
    expect(await focusedName(page)).toBe('Settings');

    await tabTo(page, 'Create room');
    await keyboard.press('Enter');
    await window.dialog('Create room').waitFor();
    await tabTo(page, 'Name');
    await keyboard.type('Study');
    await tabTo(page, 'Password (optional)');
    await keyboard.type('sesame');
    await keyboard.press('Enter');
    await window.room('Study').waitFor();

    await tabTo(page, 'Rooms');
    await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    await window.heading('Waiting for someone').waitFor();
    await tabTo(page, 'Start camera');
    await keyboard.press('Space');
    await pictureOf(window.ownPicture.locator('video'), 'grace');
    const ada = await ShellPeer.join(
      other!.with({ ROOMKEY_ROOM_PASSWORD: 'sesame' }),
      'Ada',
      'Study',
    );
    await window.words();
    await ada.sees('grace', await browser.newPage());

    await page.bringToFront();
    await tabTo(page, 'Stop camera');
    await keyboard.press('Space');
    await window.ownPicture.getByText('Your camera is off').waitFor();
    await tabTo(page, 'Exit');
    await keyboard.press('Enter');
    await window.dialog('Leave the room?').waitFor();
    await tabTo(page, 'Leave and delete');
    await keyboard.press('Enter');
    await window.heading('Rooms').waitFor();
    await window.room('Study').waitFor({ state: 'detached' });
  });
});

/** Presses Tab until an element of this name has the focus, which must be visible. */
async function tabTo(page: Page, name: string): Promise<void> {
  const seen: string[] = [];
  for (let stop = 0; stop < MAX_STOPS; stop += 1) {
    const focused = await focusedName(page);
    if (focused === name) {
      expect(await page.evaluate(() => document.querySelector(':focus-visible') !== null)).toBe(
        true,
      );
      return;
    }
    seen.push(focused);
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach “${name}”, but ${seen.join(', ')}.`);
}

/** The accessible name of the element with the focus. */
async function focusedName(page: Page): Promise<string> {
  const focused = page.locator(':focus');
  if ((await focused.count()) === 0) return '';
  const [first = ''] = (await focused.ariaSnapshot()).split('\n');
  return /"(.*?)"/.exec(first)?.[1] ?? first;
}
