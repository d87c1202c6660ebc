/// <reference lib="dom" />
// The function that is passed to `addInitScript` runs in the page.
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { it } from 'vitest';
import { AppWindow } from '../support/app-window.js';
import { openChromium } from '../support/chromium.js';
import { Desktop, openHomes } from '../support/desktop.js';
import type { Shell } from '../support/shell.js';
import { filmScene } from './clip.js';
import type { Sitter } from './scene.js';

const execute = promisify(execFile);

/** The folder of the README's pictures. */
const DOCS = join(import.meta.dirname, '../../docs');
const SIZE = { width: 1440, height: 900 };

it('takes the pictures of the README', async () => {
  const [atGrace, atElias, atTeo] = await openHomes(3, { ROOMKEY_ROOM_PASSWORD: 'quay nine' });
  await atTeo!.json('account', 'create', 'Teo Marino');
  await atTeo!.json('room', 'create', 'Harbour office', '--password');
  atTeo!.start('join', 'Harbour office', '--camera', 'pattern');
  const grace = await openUser(atGrace!, 'grace', 'Grace Lindqvist');
  const elias = await openUser(atElias!, 'elias', 'Elias Okafor');
  await elias.createRoom('Greenhouse');
  await elias.join('Greenhouse');
  await grace.createRoom('Kitchen', 'sesame open');
  await grace.createRoom('Studio');
  for (const room of ['Harbour office', 'Greenhouse']) {
    await grace.room(room).filter({ hasText: /Open/ }).waitFor();
  }
  await grace.room('Greenhouse').click();
  await take(grace.page, 'desktop-rooms', 'dark');

  await grace.join('Greenhouse');
  await elias.letIn('Grace Lindqvist');
  await Promise.all([grace.startCamera(), elias.startCamera()]);
  for (const { page } of [grace, elias]) {
    await page.locator('.remote .picture:not(.away)').waitFor();
  }
  await take(grace.page, 'desktop-call', 'light');
});

async function openUser(home: Shell, sitter: Sitter, name: string): Promise<AppWindow> {
  const clip = join(home.home, 'camera.y4m');
  const studio = await openChromium('none');
  await filmScene(studio, sitter, clip);
  await studio.close();
  const [desktop, browser] = await Promise.all([Desktop.start(home), openChromium({ clip })]);
  const context = await browser.newContext({ viewport: SIZE, colorScheme: 'light' });
  // Chromium uses the clip's path as the camera's name.
  await context.addInitScript(() => {
    Object.defineProperty(MediaDeviceInfo.prototype, 'label', { get: () => 'Built-in camera' });
  });
  const window = await AppWindow.open(context, desktop.address);
  await window.signUp(name);
  return window;
}

async function take(page: Page, name: string, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.mouse.move(SIZE.width / 2, 2);
  await page.waitForTimeout(1_000);
  const picture = join(DOCS, name);
  await page.screenshot({ path: `${picture}.png` });
  await execute('ffmpeg', [
    ...['-loglevel', 'error', '-y', '-i', `${picture}.png`],
    ...['-c:v', 'libwebp', '-quality', '86', `${picture}.webp`],
  ]);
  await rm(`${picture}.png`);
}
