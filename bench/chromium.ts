import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { findProgram } from './find-program.js';
import type { Machine } from './machines.js';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The browser's program: the value of `ROOMKEY_CHROMIUM`, or else the first on the path. */
function chromiumProgram(): string | undefined {
  return process.env['ROOMKEY_CHROMIUM'] ?? findProgram(names);
}

/** Why the browser's goals cannot be measured on this computer; undefined if they can. */
export function missingChromium(): string | undefined {
  return chromiumProgram() === undefined
    ? 'Chromium is not on the path, and ROOMKEY_CHROMIUM is not set'
    : undefined;
}

/** How a browser starts. */
export interface ChromiumOptions {
  /** Further arguments. */
  readonly args?: readonly string[];
  /** The machine on which it runs, and a folder for a file that starts it there. */
  readonly on?: { readonly machine: Machine; readonly folder: string };
}

/**
 * Starts Chromium, with a microphone and a loudspeaker that it makes up; the caller closes it.
 */
export async function openChromium({ args = [], on }: ChromiumOptions = {}): Promise<Browser> {
  const program = chromiumProgram();
  if (program === undefined) throw new Error('Chromium is not installed.');
  return chromium.launch({
    executablePath: on === undefined ? program : await starter(program, on),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream=fps=30',
      // No one clicks in the page.
      '--autoplay-policy=no-user-gesture-required',
      // WebRTC finds the other page by its local address, without mDNS.
      '--allow-loopback-in-peer-connection',
      '--disable-features=WebRtcHideLocalIpsWithMdns',
      ...args,
    ],
  });
}

/** A file that runs a program on a machine: a browser is started by its path alone. */
async function starter(
  program: string,
  { machine, folder }: NonNullable<ChromiumOptions['on']>,
): Promise<string> {
  const path = join(folder, `chromium-${machine.name}`);
  const command = [...machine.prefix, program].join(' ');
  await writeFile(path, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o700 });
  return path;
}
