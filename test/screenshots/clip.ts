import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Browser } from 'playwright-core';
import { drawScene, type Sitter } from './scene.js';
import { HEIGHT, WIDTH } from './size.js';

/** The number of pictures of one movement to and fro. */
const FRAMES = 48;

/** Films a scene: a `.y4m` file of about 70 MB, which Chromium uses as a camera. */
export async function filmScene(browser: Browser, sitter: Sitter, path: string): Promise<void> {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } });
  const film = spawn(
    'ffmpeg',
    [
      ...['-loglevel', 'error', '-y', '-f', 'image2pipe', '-framerate', '30', '-i', '-'],
      ...['-pix_fmt', 'yuv420p', '-f', 'yuv4mpegpipe', path],
    ],
    { stdio: ['pipe', 'inherit', 'inherit'] },
  );
  const closed = once(film, 'close');
  for (let frame = 0; frame < FRAMES; frame += 1) {
    await page.setContent(
      `<style>body { margin: 0 } svg { display: block }</style>${drawScene(sitter, frame / FRAMES)}`,
    );
    film.stdin.write(await page.screenshot());
  }
  film.stdin.end();
  const [code] = (await closed) as [number];
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}.`);
  await page.close();
}
