import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The browser's program: the value of `ROOMKEY_CHROMIUM`, or else the first on the path. */
function chromiumProgram(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const paths = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return process.env['ROOMKEY_CHROMIUM'] ?? paths.find(existsSync);
}

/** Why the browser's goals cannot be measured on this computer; undefined if they can. */
export function missingChromium(): string | undefined {
  return chromiumProgram() === undefined
    ? 'Chromium is not on the path, and ROOMKEY_CHROMIUM is not set'
    : undefined;
}

/** Starts Chromium; the caller closes it. @param args further arguments */
export async function openChromium(args: readonly string[] = []): Promise<Browser> {
  const executablePath = chromiumProgram();
  if (executablePath === undefined) throw new Error('Chromium is not installed.');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // WebRTC finds the other page by its local address, without mDNS.
      '--allow-loopback-in-peer-connection',
      '--disable-features=WebRtcHideLocalIpsWithMdns',
      ...args,
    ],
  });
}
