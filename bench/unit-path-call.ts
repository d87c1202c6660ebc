/** A call between two desktop apps, each with its window in Chromium, as people have it. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { closeSide, inspector } from './browser-side.js';
import { openChromium } from './chromium.js';
import { freePort } from './free-port.js';

/** One side: an app in a process of its own, and its window. */
export interface Side {
  readonly app: ChildProcess;
  readonly page: Page;
}

export interface OpenCall {
  /** Has the camera. */
  readonly sender: Side;
  readonly receiver: Side;
  /** Ends everything. */
  close(): Promise<void>;
}

const appProgram = fileURLToPath(new URL('app-process.js', import.meta.url));
const ui = fileURLToPath(new URL('../../hosts/desktop/dist/ui', import.meta.url));

/** What is sent: the leanest that the settings offer, and no sound. */
const SETTINGS = { codec: 'vp8', resolution: '640x360', fps: 30, microphone: false };
const POLL_MS = 100;
const CLIP = { width: 1280, height: 720, pictures: 15 };

/** Starts everything, up to a picture on the receiver's canvas. */
export async function openCall(): Promise<OpenCall> {
  const folder = await mkdtemp(join(tmpdir(), 'roomkey-bench-'));
  const apps: ChildProcess[] = [];
  let browser: Browser | undefined;
  const close = async (): Promise<void> => {
    await browser?.close();
    for (const app of apps) await closeSide({ app });
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const clip = join(folder, 'clip.y4m');
    await writeClip(clip);
    browser = await openChromium({
      args: [
        // Calls of optimized functions are not counted. cspell:ignore maglev
        '--js-flags=--no-opt --no-maglev',
        `--use-file-for-fake-video-capture=${clip}`,
      ],
    });
    const udpPort = await freePort();
    const sides: Side[] = [];
    for (const name of ['Grace', 'Ada']) {
      const app = await startApp(join(folder, name), udpPort);
      apps.push(app.process);
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      sides.push({ app: app.process, page });
      await page.goto(app.address);
      await signUp(page, name);
    }
    const [sender, receiver] = sides as [Side, Side];
    await meet(sender.page, receiver.page);
    await sender.page.getByRole('button', { name: 'Start camera', exact: true }).click();
    await receiver.page.locator('.tile.remote .picture:not(.away) canvas').waitFor();
    return { sender, receiver, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Has larger units sent: 1280 × 720. The camera starts again. */
export async function sendLarge({ sender, receiver }: OpenCall): Promise<void> {
  await sender.page.getByRole('button', { name: 'Settings' }).click();
  const dialog = sender.page.getByRole('dialog', { name: 'Settings' });
  await dialog.getByLabel('Resolution', { exact: true }).selectOption('1280x720');
  await dialog.getByRole('button', { name: 'Done' }).click();
  const canvas = receiver.page.locator('.tile.remote .picture:not(.away) canvas');
  while ((await canvas.evaluate((element) => Reflect.get(element, 'width') as number)) !== 1280) {
    await sleep(POLL_MS);
  }
}

async function startApp(
  home: string,
  udpPort: number,
): Promise<{ process: ChildProcess; address: string }> {
  const config = join(home, 'config');
  await mkdir(config, { recursive: true, mode: 0o700 });
  await writeFile(join(config, 'desktop.json'), JSON.stringify(SETTINGS), { mode: 0o600 });
  const app = fork(appProgram, [home, String(udpPort), ui], { execArgv: ['--import', inspector] });
  const ended = once(app, 'exit').then(() => {
    throw new Error('An app ended before it was ready: it says why above.');
  });
  const [address] = (await Promise.race([once(app, 'message'), ended])) as [string];
  return { process: app, address };
}

async function signUp(page: Page, name: string): Promise<void> {
  const form = page.getByRole('form', { name: 'Create your account' });
  await form.getByLabel('Name', { exact: true }).fill(name);
  await form.getByLabel('Password', { exact: true }).fill('a password of mine');
  await form.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('button', { name: `Account: ${name}` }).waitFor();
}

/** Has both come into a room of the host's. */
async function meet(host: Page, guest: Page): Promise<void> {
  await host.getByRole('button', { name: 'Create room' }).first().click();
  const dialog = host.getByRole('dialog', { name: 'Create room' });
  await dialog.getByLabel('Name', { exact: true }).fill('bench');
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  for (const page of [host, guest]) {
    await page.getByRole('option', { name: 'bench' }).dblclick();
  }
  await host.getByRole('button', { name: 'Let in' }).click();
  for (const page of [host, guest]) {
    await page.getByRole('list', { name: /^Words (to compare|you both see)$/ }).waitFor();
  }
}

/** A camera's pictures in the YUV4MPEG2 format: a grey texture that moves. */
async function writeClip(path: string): Promise<void> {
  const { width, height, pictures } = CLIP;
  const file = await open(path, 'w');
  try {
    await file.write(`YUV4MPEG2 W${width} H${height} F30:1 Ip A1:1 C420jpeg\n`);
    const color = Buffer.alloc((width * height) / 2, 128);
    const picture = Buffer.alloc(width * height);
    for (let number = 0; number < pictures; number += 1) {
      for (let y = 0; y < height; y += 1) {
        for (let x = 0; x < width; x += 1) {
          picture[y * width + x] = brightness(x + 2 * number, y + number);
        }
      }
      await file.write('FRAME\n');
      await file.write(picture);
      await file.write(color);
    }
  } finally {
    await file.close();
  }
}

/** Squares of 32, 8 and 2 pixels, each of a brightness that looks like chance. */
function brightness(x: number, y: number): number {
  const square = (size: number, range: number): number => {
    const hash = Math.imul(Math.floor(x / size) * 7919 + Math.floor(y / size) * 104729, 2654435761);
    return ((hash >>> 24) * range) / 256;
  };
  return Math.floor(40 + square(32, 100) + square(8, 50) + square(2, 12));
}
