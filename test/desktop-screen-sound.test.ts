/// <reference lib="dom" />
// Functions that are passed to `evaluate` and `addInitScript` run in the page.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { expect, onTestFinished, test, vi } from 'vitest';
import { median } from '../plugins/audio-browser/test/support/correlate.js';
import { speech, writeWav } from '../plugins/audio-browser/test/support/wav.js';
import { AppWindow, STEP_MS } from './support/app-window.js';
import { openChromium } from './support/chromium.js';
import { Desktop, openHomes } from './support/desktop.js';
import { recordSound, samplesOfSpeakers, takeHeard } from './support/heard.js';
import { describeWith } from './support/optional.js';
import { meet, type User } from './support/people.js';
import type { Shell } from './support/shell.js';
import { writeClip, type Person } from './support/y4m.js';

vi.setConfig({ testTimeout: 300_000 });

const TITLE = 'A film of the harbour';
/** What the film sounds like, Hz: no voice is steady on it. */
const FILM = 1_700;
const RECORDING_MS = 2_000;
/** The samples of what is looked at together. */
const PIECE = 480;

/** A person who can share the film, and whose microphone hears a voice without an end. */
async function openUser(home: Shell, person: Person, name: string): Promise<User> {
  const { samples, rate } = speech(person === 'grace' ? 'low' : 'high');
  const file = writeWav(samples, rate);
  onTestFinished(() => file.remove());
  const clip = join(home.home, 'camera.y4m');
  await writeClip(clip, person);
  const [desktop, browser] = await Promise.all([
    Desktop.start(home),
    openChromium({ clip, tab: TITLE }, [`--use-file-for-fake-audio-capture=${file.path}`]),
  ]);
  const context = await browser.newContext();
  await recordSound(context);
  const window = await AppWindow.open(context, desktop.address);
  await window.signUp(name);
  return { name, desktop, browser, window };
}

/** A tab in the person's browser that plays the film. */
async function openFilm(browser: Browser): Promise<Page> {
  const page = await browser.newPage();
  await page.setContent(`<!doctype html><title>${TITLE}</title><p>A film`);
  await page.mouse.click(5, 5);
  await page.evaluate((frequency) => {
    const context = new AudioContext();
    const tone = new OscillatorNode(context, { frequency });
    tone.connect(new GainNode(context, { gain: 0.3 })).connect(context.destination);
    tone.start();
  }, FILM);
  return page;
}

/** What a loudspeaker plays. */
interface Played {
  readonly isSilent: boolean;
  /** The film's share of the power, 0…1: the median of short pieces. */
  readonly share: number;
}

/** What each loudspeaker of a person plays in a while. */
async function listen({ window }: User): Promise<readonly Played[]> {
  await takeHeard(window.page);
  await delay(RECORDING_MS);
  const played = samplesOfSpeakers(await takeHeard(window.page)).map((samples) => ({
    isSilent: samples.every((sample) => sample === 0),
    share: median([...piecesOf(samples).map(shareOfFilm), 0]),
  }));
  process.stdout.write(`film: ${played.map(({ share }) => share.toFixed(3)).join(' and ')}\n`);
  return played;
}

/** Of 10 ms: a computer that is busy leaves parts out, and the rest has another phase. */
function piecesOf(samples: Float32Array): readonly Float32Array[] {
  const pieces = Array.from({ length: Math.floor(samples.length / PIECE) }, (_, index) =>
    samples.subarray(index * PIECE, (index + 1) * PIECE),
  );
  return pieces.filter((piece) => piece.some((sample) => sample !== 0));
}

function shareOfFilm(samples: Float32Array): number {
  let [real, imaginary, power] = [0, 0, 0];
  for (const [index, sample] of samples.entries()) {
    const phase = (2 * Math.PI * FILM * index) / 48_000;
    real += sample * Math.cos(phase);
    imaginary += sample * Math.sin(phase);
    power += sample * sample;
  }
  return (2 * (real * real + imaginary * imaginary)) / (samples.length * power);
}

/** Waits until a person hears the film, from a loudspeaker of its own, and no voice. */
async function hearsFilmOnly(user: User): Promise<void> {
  const isHeard = async (): Promise<readonly boolean[]> =>
    (await listen(user)).map(({ isSilent, share }) => !isSilent && share > 0.9);
  await expect.poll(isHeard, { timeout: STEP_MS, interval: 1 }).toEqual([false, true]);
}

async function hearsNothing(user: User): Promise<void> {
  const isSilent = async (): Promise<boolean> =>
    (await listen(user)).every(({ isSilent }) => isSilent);
  await expect.poll(isSilent, { timeout: STEP_MS, interval: 1 }).toBe(true);
}

describeWith('chromium', 'the screen with its sound in a call of two desktop apps', () => {
  test('is heard while the microphone is muted, ends with the screen, and is not needed', async () => {
    const [atGrace, atAda] = await openHomes(2);
    const [grace, ada] = await Promise.all([
      openUser(atGrace!, 'grace', 'Grace'),
      openUser(atAda!, 'ada', 'Ada'),
    ]);
    await openFilm(grace.browser);
    await meet(grace, ada, 'Cinema', 'sesame open');
    await grace.window.page.bringToFront();
    await grace.window.button('Mute').click();
    await ada.window.partnersPicture.getByText('muted').waitFor();

    await grace.window.button('Share screen').click();
    await ada.window.partnersPicture.getByText('Grace shares their screen').waitFor();
    await grace.window.ownScreen.getByText('Your screen with sound').waitFor();
    await hearsFilmOnly(ada);
    await grace.window.button('Sound').click();
    const microphones = grace.window.dialog('Sound').getByRole('combobox', { name: 'Microphone' });
    await expect.poll(() => microphones.locator('option').count()).toBeGreaterThan(1);
    expect(await microphones.getByText('Sound of the screen').count()).toBe(0);
    await grace.window.dialog('Sound').getByRole('button', { name: 'Done' }).click();

    await grace.window.button('Stop sharing').click();
    await hearsNothing(ada);

    // The person does not share the sound.
    await grace.window.page.evaluate(() => {
      const { mediaDevices } = navigator;
      const share = mediaDevices.getDisplayMedia.bind(mediaDevices);
      mediaDevices.getDisplayMedia = (options) => share({ ...options, audio: false });
    });
    await grace.window.button('Share screen').click();
    await ada.window.partnersPicture.getByText('Grace shares their screen').waitFor();
    await grace.window.ownScreen.getByText('Your screen', { exact: true }).waitFor();
    await hearsNothing(ada);
    for (const { window } of [grace, ada]) expect(await window.notices.count()).toBe(0);
  });
});
