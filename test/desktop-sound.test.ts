/// <reference lib="dom" />
// Functions that are passed to `evaluate` run in the page.
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { expect, onTestFinished, test, vi } from 'vitest';
import { median, Reference } from '../plugins/audio-browser/test/support/correlate.js';
import { speech, writeWav } from '../plugins/audio-browser/test/support/wav.js';
import { AppWindow, STEP_MS } from './support/app-window.js';
import { openChromium } from './support/chromium.js';
import { Desktop, openHomes } from './support/desktop.js';
import { lastSound, recordSound, takeHeard } from './support/heard.js';
import { describeWith } from './support/optional.js';
import { meet, type User } from './support/people.js';
import type { Shell } from './support/shell.js';

vi.setConfig({ testTimeout: 300_000 });

/** How long recordings last, ms: after the first seconds, in which the jitter buffer learns. */
const SETTLING_MS = 6_000;
const RECORDING_MS = 9_000;

/** A person whose microphone hears a voice without an end, and what their page plays. */
interface Talker extends User {
  readonly voice: Reference;
}

async function openTalker(
  home: Shell,
  name: 'Grace' | 'Ada',
  voice: 'low' | 'high',
): Promise<Talker> {
  const { samples, rate } = speech(voice);
  const file = writeWav(samples, rate);
  onTestFinished(() => file.remove());
  const [desktop, browser] = await Promise.all([
    Desktop.start(home),
    openChromium('moving', [`--use-file-for-fake-audio-capture=${file.path}`]),
  ]);
  const context = await browser.newContext();
  await recordSound(context);
  const window = await AppWindow.open(context, desktop.address);
  await window.signUp(name);
  // Browsers change voices to their taste.
  await window.button('Settings').click();
  const processing = window.page.getByLabel('Reduce echo and noise');
  await processing.click();
  await expect.poll(() => processing.isChecked()).toBe(false);
  await window.button('Done').click();
  return { name, desktop, browser, window, voice: new Reference(samples, rate) };
}

/** How alike what a person hears and a voice are: the median of the seconds. */
async function likeness({ window }: Talker, { voice }: Talker): Promise<number> {
  await takeHeard(window.page);
  await delay(RECORDING_MS);
  const { samples } = await takeHeard(window.page);
  return median(voice.findSeconds(samples).map(({ correlation }) => correlation));
}

/** Waits until both hear the other’s voice as it was: a computer that is busy leaves parts out. */
async function hearEachOther(one: Talker, other: Talker): Promise<void> {
  await delay(SETTLING_MS);
  await expect
    .poll(
      async () => {
        const both = await Promise.all([likeness(one, other), likeness(other, one)]);
        process.stdout.write(`heard: ${both.map((value) => value.toFixed(3)).join(' and ')}\n`);
        return Math.min(...both);
      },
      { timeout: 2 * STEP_MS, interval: 1 },
    )
    .toBeGreaterThan(0.9);
}

/** Notes when a person's tile shows this mark, or no longer shows it. */
async function watchMark(page: Page): Promise<() => Promise<number[]>> {
  await page.evaluate(() => {
    const changes: number[] = [];
    let was = false;
    Object.assign(window, { changes });
    new MutationObserver(() => {
      const is = document.querySelector('.tile.remote .sound-mark') !== null;
      if (is !== was) changes.push(Date.now());
      was = is;
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  return () => page.evaluate(() => (window as unknown as { changes: number[] }).changes);
}

describeWith('chromium', 'two people at two desktop apps', () => {
  test('hear each other, mute, talk with the space key and change devices', async () => {
    const [atGrace, atAda] = await openHomes(2);
    const [grace, ada] = await Promise.all([
      openTalker(atGrace!, 'Grace', 'low'),
      openTalker(atAda!, 'Ada', 'high'),
    ]);
    await meet(grace, ada, 'Kitchen', 'something between us');
    const mute = (of: Talker) => of.window.button('Mute');
    for (const one of [grace, ada]) await mute(one).waitFor();
    await hearEachOther(grace, ada);

    // M mutes.
    const marks = await watchMark(grace.window.page);
    const mutedMark = grace.window.partnersPicture.getByText('muted');
    await takeHeard(grace.window.page);
    const pressedAt = Date.now();
    await ada.window.page.keyboard.press('m');
    await mutedMark.waitFor();
    await delay(3_000);
    const muted = await takeHeard(grace.window.page);
    const [shownAt = 0] = await marks();
    const silentAt = lastSound(muted) ?? 0;
    process.stdout.write(
      `muted: shown after ${shownAt - pressedAt} ms, silent after ${silentAt - pressedAt} ms\n`,
    );
    expect(await mute(ada).getAttribute('aria-pressed')).toBe('true');
    // What was said before is still in the jitter buffer: at most 240 ms, and a busy computer.
    expect(silentAt - shownAt).toBeLessThan(1_000);
    expect(muted.times.at(-1)! - silentAt).toBeGreaterThan(1_500);

    // Space talks while it is held.
    await ada.window.page.keyboard.down(' ');
    await mutedMark.waitFor({ state: 'detached' });
    expect(await mute(ada).getAttribute('aria-pressed')).toBe('false');
    await delay(1_500);
    await ada.window.page.keyboard.up(' ');
    await mutedMark.waitFor();
    expect(lastSound(await takeHeard(grace.window.page))).toBeGreaterThan(pressedAt + 3_000);
    await ada.window.page.keyboard.press('M');
    await mutedMark.waitFor({ state: 'detached' });

    // Other devices, while both speak.
    const words = await ada.window.words();
    await ada.window.button('Sound').click();
    const dialog = ada.window.dialog('Sound');
    for (const end of ['Microphone', 'Loudspeaker']) {
      const choice = dialog.getByRole('combobox', { name: end });
      await expect
        .poll(() => choice.locator('option').count(), { timeout: STEP_MS })
        .toBeGreaterThan(1);
      await choice.selectOption({ index: 1 });
    }
    await dialog.getByRole('button', { name: 'Done' }).click();
    await hearEachOther(grace, ada);
    expect(await ada.window.words()).toEqual(words);
    expect(await ada.window.notices.count()).toBe(0);
  });
});
