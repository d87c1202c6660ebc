import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { describeWith } from '../../../../test/support/optional.js';
import { useGallery } from './gallery.js';
import { states } from './states.js';

/** Folder for screenshots for people; without it none are taken. */
const folder = process.env['ROOMKEY_GALLERY'];

const sizes = [
  { width: 480, height: 720 },
  { width: 800, height: 600 },
  { width: 1440, height: 900 },
];

describeWith('chromium', 'every state of the UI is accessible:', () => {
  const gallery = useGallery();
  beforeAll(async () => {
    if (folder !== undefined) await mkdir(folder, { recursive: true });
  });

  test.for(states)('$name', { timeout: 120_000 }, async (state) => {
    const ui = await gallery.show(state);
    const { page } = ui;
    await state.act?.(ui);
    // The same text exists for screen readers, off screen.
    await page.getByText(state.sign).filter({ visible: true }).first().waitFor();
    if (state.units?.includes('remote camera') === true) {
      await page.locator('.remote .picture:not(.away)').waitFor();
    }
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      for (const size of sizes) {
        // Dark mode changes colors, not positions.
        if (colorScheme === 'dark' && size.width !== 800 && folder === undefined) continue;
        await page.setViewportSize(size);
        const where = `${state.name} ${colorScheme} ${size.width}×${size.height}`;
        if (folder !== undefined) {
          const file = `${state.name}-${colorScheme}-${size.width}.png`;
          await page.screenshot({ path: join(folder, file) });
        }
        expect(await overflows(page), where).toEqual([]);
        if (size.width !== 800) continue;
        const rules = colorScheme === 'light' ? undefined : ['color-contrast'];
        expect(await violations(page, rules), where).toEqual([]);
      }
    }
    expect(ui.complaints).toEqual([]);
  });
});

/** Elements that are cut off, or make the window scroll. */
function overflows(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const found = scrollWidth > clientWidth ? [`the page is ${scrollWidth} wide`] : [];
    const controls = document.querySelectorAll('button, input, select, summary, h1, h2');
    for (const element of Array.from(controls)) {
      const { left, right, width } = element.getBoundingClientRect();
      if (width > 0 && (left < 0 || right > clientWidth)) {
        found.push(`${element.outerHTML.slice(0, 80)} is at ${left}…${right}`);
      }
    }
    // Button labels must not be truncated.
    for (const button of Array.from(document.querySelectorAll('.button'))) {
      if (button.scrollWidth > button.clientWidth) found.push(`${button.textContent} is cut off`);
    }
    return found;
  });
}

/** @param rules of axe; default: all */
async function violations(page: Page, rules?: readonly string[]): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async (only) => {
    const { axe: run } = window as unknown as { axe: typeof axe };
    const options = only === undefined ? {} : { runOnly: [...only] };
    const { violations: all } = await run.run(options);
    return all.map(({ id, nodes }) => ({
      id,
      nodes: nodes.map(
        ({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary ?? ''}`,
      ),
    }));
  }, rules);
  return found.map(({ id, nodes }) => `${id}: ${nodes.join('\n')}`);
}
