import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../../../test/support/optional.js';
import { failure } from './examples.js';
import { useGallery } from './gallery.js';
import { states } from './states.js';

/** Folder for screenshots for people; without it none are taken. */
const folder = process.env['ROOMKEY_GALLERY'];

/** CSS pixels: a 1280×1024 window at 400 %, small windows, and usual ones. */
const sizes = [
  { width: 320, height: 256 },
  { width: 400, height: 300 },
  { width: 480, height: 800 },
  { width: 800, height: 600 },
  { width: 1440, height: 900 },
];
/** Font sizes of the browser's settings, pixels. */
const letters = [16, 32];

const notices = ['refused', 'storage', 'camera'].map((topic) => ({
  event: 'notice' as const,
  topic: topic as 'refused',
  failure: failure(
    'RK_STORAGE_IO',
    `Something to know of the ${topic}. ${'It goes on. '.repeat(6)}`,
  ),
}));

describeWith('chromium', 'every state of the UI, at every size', () => {
  const gallery = useGallery();
  beforeAll(async () => {
    if (folder !== undefined) await mkdir(folder, { recursive: true });
  });

  test.for(states)('has no covered control: $name', { timeout: 120_000 }, async (state) => {
    const ui = await gallery.show(state);
    const { page } = ui;
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await state.act?.(ui);
    await page.getByText(state.sign).filter({ visible: true }).first().waitFor();
    const browser = await page.context().newCDPSession(page);
    const found: string[] = [];
    const look = async (how: string): Promise<void> => {
      for (const size of sizes) {
        for (const standard of letters) {
          await browser.send('Page.setFontSizes', { fontSizes: { standard } });
          await page.setViewportSize(size);
          await page.waitForFunction(
            ([width, height, letter]) =>
              innerWidth === width &&
              innerHeight === height &&
              getComputedStyle(document.documentElement).fontSize === `${letter}px`,
            [size.width, size.height, standard] as const,
          );
          const where = `${size.width}×${size.height}, letters of ${standard}${how}`;
          if (folder !== undefined) {
            const file = `${state.name}-${size.width}-${standard}${how}.png`;
            await page.screenshot({ path: join(folder, file) });
          }
          const faults = [
            ...(await below(page)),
            ...(await covered(page)),
            ...(await besideDialog(page)),
          ];
          for (const fault of faults) found.push(`${where}: ${fault}`);
        }
      }
    };
    await look('');
    const isAnswering = await page.evaluate(() => document.querySelector('.opening') === null);
    ui.emit(...notices);
    const shown = page.getByText('Something to know of the camera').filter({ visible: true });
    const hasNotices = isAnswering && !['elsewhere', 'gone', 'refused'].includes(state.name);
    if (hasNotices && !state.name.endsWith('app-lost')) {
      await shown.first().waitFor();
      await look(' with notices');
    }
    expect(found).toEqual([]);
  });
});

/** Controls of a call that have to be scrolled to, in a window that is not small. */
function below(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const isSmall = matchMedia('(height < 35rem) or (width < 28rem)').matches;
    const window = document.querySelector('.call-window');
    // The text of a failed camera may take half of the window.
    if (isSmall || window?.querySelector('.controls .choice > p') !== null) return [];
    window.scrollTo({ top: 0, behavior: 'instant' });
    const end = window.getBoundingClientRect().bottom + 1;
    return Array.from(window.querySelectorAll('.controls button, .call-banner button'))
      .map((button) => ({
        name: button.ariaLabel ?? button.textContent,
        at: button.getBoundingClientRect().bottom,
      }))
      .filter(({ at }) => at > end)
      .map(({ name, at }) => `${name} is at ${Math.round(at)}, below ${Math.round(end)}`);
  });
}

/**
 * A dialog shows notices in full, at most after scrolling, and the window gets their space back.
 */
function besideDialog(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    if (document.querySelector('dialog[open]') === null) return [];
    const faults: string[] = [];
    const window = document.querySelector('.window > :not(.knock)')?.getBoundingClientRect();
    const bar = document.querySelector('.connection-bar')?.getBoundingClientRect();
    const free = innerHeight - (bar?.height ?? 0);
    if (window === undefined || Math.abs(window.height - free) > 1) {
      faults.push(`the window has ${Math.round(window?.height ?? 0)} of ${free} behind the dialog`);
    }
    for (const part of Array.from(
      document.querySelectorAll('dialog[open] > :is(.notices, .knock)'),
    )) {
      const { className, clientHeight, scrollHeight } = part;
      if (scrollHeight > clientHeight) {
        faults.push(`${className} has ${clientHeight} of ${scrollHeight} in the dialog`);
      }
    }
    return faults;
  });
}

/** Controls and texts that cannot be scrolled to where they are visible and clickable. */
function covered(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const top = document.querySelector('dialog[open]') ?? document.body;
    const all = 'button, input, select, summary, h1, h2, .words li, .notice p, .banner-text';
    for (const element of Array.from(top.querySelectorAll<HTMLElement>(all))) {
      // Visually hidden text is for screen readers.
      if (element.closest('.unseen') || !element.checkVisibility({ visibilityProperty: true }))
        continue;
      if (element.closest(':fullscreen .top-bar, [inert]')) continue;
      element.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
      const { left, top, width, height } = element.getBoundingClientRect();
      const [x, y] = [left + width / 2, top + height / 2];
      const name = `${element.ariaLabel ?? element.textContent} (${element.tagName.toLowerCase()})`;
      if (x < 0 || y < 0 || x > innerWidth || y > innerHeight) {
        faults.push(`${name} is at ${Math.round(x)}, ${Math.round(y)}`);
        continue;
      }
      const hit = document.elementFromPoint(x, y);
      if (hit === null || !element.contains(hit)) {
        faults.push(`${name} is under ${hit?.outerHTML.slice(0, 80)}`);
      }
      if (width > innerWidth + 1) faults.push(`${name} is ${Math.round(width)} wide`);
    }
    const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
    if (scrollWidth > clientWidth) faults.push(`the page is ${scrollWidth} wide`);
    if (scrollHeight > clientHeight) faults.push(`the page is ${scrollHeight} high`);
    return faults;
  });
}
