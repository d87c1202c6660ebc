import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call } from './browser-call.js';
import { buildPage, closeSide, openSide, type Side } from './browser-side.js';
import { chirpFile } from './chirps.js';
import type { OnEnd } from './clean-up.js';
import { openChromium } from './chromium.js';
import { freePort } from './free-port.js';
import type { Machine } from './machines.js';

/** Where, and how. */
export interface SoundBenchOptions {
  /** Default: both on this computer itself. */
  readonly machines?: readonly [Machine, Machine];
  /** Whether the apps can be inspected, see `appTarget`. */
  readonly isInspected?: boolean;
}

/**
 * Starts two computers, each with a browser whose microphone hears chirps, up to a live call without
 * sound.
 */
export async function openSoundBench(
  onEnd: OnEnd,
  { machines, isInspected }: SoundBenchOptions = {},
): Promise<readonly [Side, Side]> {
  const folder = await mkdtemp(join(tmpdir(), 'roomkey-bench-'));
  onEnd(() => rm(folder, { recursive: true, force: true }));
  const page = join(folder, 'page');
  await buildPage(page);
  const sound = join(folder, 'chirps.wav');
  await writeFile(sound, chirpFile());
  const udpPort = await freePort();
  const sides: Side[] = [];
  for (const [index, name] of ['host', 'guest'].entries()) {
    const machine = machines?.[index];
    const browser = await openChromium({
      args: [`--use-file-for-fake-audio-capture=${sound}`],
      ...(machine !== undefined && { on: { machine, folder } }),
    });
    onEnd(() => browser.close());
    const side = await openSide(name, { browser, folder, page, udpPort, machine, isInspected });
    onEnd(() => closeSide(side));
    sides.push(side);
  }
  const [host, guest] = sides as [Side, Side];
  await call(host, guest);
  return [host, guest];
}
