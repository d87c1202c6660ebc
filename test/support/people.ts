import { join } from 'node:path';
import type { Browser, Locator } from 'playwright-core';
import { expect } from 'vitest';
import { AppWindow, STEP_MS } from './app-window.js';
import { openChromium, type FakeCamera } from './chromium.js';
import { Desktop, openHomes } from './desktop.js';
import { HEIGHT, personNumbers, WIDTH, writeClip, type Person } from './y4m.js';
import { countIn, Progress, readCount, readPixels, type Pixels } from './pictures.js';
import type { Shell } from './shell.js';

/** A person at a desktop app in their own browser. */
export interface User {
  readonly name: string;
  readonly desktop: Desktop;
  readonly browser: Browser;
  readonly window: AppWindow;
}

export const names = { grace: 'Grace', ada: 'Ada' } as const satisfies Record<Person, string>;

/**
 * Starts a person's app and browser, and creates their account.
 *
 * @param camera default: the person's clip
 */
export async function openUser(
  home: Shell,
  person: Person,
  camera?: FakeCamera,
  name: string = names[person],
): Promise<User> {
  const clip = join(home.home, 'camera.y4m');
  if (camera === undefined) await writeClip(clip, person);
  const [desktop, browser] = await Promise.all([
    Desktop.start(home),
    openChromium(camera ?? { clip }),
  ]);
  const window = await AppWindow.open(browser, desktop.address);
  await window.signUp(name);
  return { name, desktop, browser, window };
}

/** Two people whose apps find each other, each with their own folders and camera. */
export async function openTwo(): Promise<readonly [grace: User, ada: User]> {
  const [atGrace, atAda] = await openHomes(2);
  return await Promise.all([openUser(atGrace!, 'grace'), openUser(atAda!, 'ada')]);
}

/**
 * Grace creates a room and waits in it; Ada finds it and joins, and is let in if it has no password;
 * the four words are the same.
 */
export async function meet(grace: User, ada: User, room: string, password?: string): Promise<void> {
  await grace.window.createRoom(room, password);
  await grace.window.join(room);
  await grace.window.partnersPicture.getByText('Waiting for someone').waitFor();
  await ada.window.room(room).filter({ hasText: /Open/ }).waitFor();
  await ada.window.join(room, password);
  if (password === undefined) await grace.window.letIn(ada.name);
  const [atGrace, atAda] = await Promise.all([grace.window.words(), ada.window.words()]);
  expect(atGrace).toHaveLength(4);
  expect(atAda).toEqual(atGrace);
}

/** Waits until a `<video>` or `<canvas>` shows a frame of a person's clip. */
export async function pictureOf(
  picture: Locator,
  person: Person,
): Promise<{ readonly number: number; readonly pixels: Pixels }> {
  let pixels: Pixels | undefined;
  await expect
    .poll(
      async () => {
        pixels = await readPixels(picture, WIDTH, HEIGHT);
        return countIn(pixels)?.person;
      },
      { timeout: STEP_MS },
    )
    .toBe(personNumbers[person]);
  return { number: countIn(pixels!)!.number, pixels: pixels! };
}

/** Watches a camera until it has advanced by this many frames. */
export async function watch(source: Locator, frames: number): Promise<void> {
  const progress = new Progress();
  await expect
    .poll(
      async () => {
        progress.add(await readCount(source));
        return progress.frames;
      },
      { timeout: STEP_MS, interval: 20 },
    )
    .toBeGreaterThanOrEqual(frames);
}

/**
 * Watches a camera and the partner's view of it at the same time, until the camera has advanced by
 * this many frames.
 */
export async function watchBoth(
  source: Locator,
  remote: Locator,
  frames: number,
): Promise<{ readonly source: Progress; readonly shown: Progress }> {
  const progress = { source: new Progress(), shown: new Progress() };
  const end = Date.now() + STEP_MS;
  while (progress.source.frames < frames) {
    if (Date.now() > end)
      throw new Error(`The camera advanced by ${progress.source.frames} frames only.`);
    const [seen, shown] = await Promise.all([readCount(source), readCount(remote)]);
    progress.source.add(seen);
    progress.shown.add(shown);
  }
  return progress;
}
