import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The browser's program: the one `ROOMKEY_CHROMIUM` names, else the first on the path. */
function chromiumProgram(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const paths = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return process.env['ROOMKEY_CHROMIUM'] ?? paths.find(existsSync);
}

/** Why the goals of the browser cannot be measured here. */
export function missingChromium(): string | undefined {
  return chromiumProgram() === undefined
    ? 'there is no Chromium on the path, and ROOMKEY_CHROMIUM names none'
    : undefined;
}

/** Whoever opens it closes it. */
export async function openChromium(): Promise<Browser> {
  const executablePath = chromiumProgram();
  if (executablePath === undefined) throw new Error('There is no Chromium.');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // WebRTC finds the other page by its address on this machine, and asks no name server.
      '--allow-loopback-in-peer-connection',
      '--disable-features=WebRtcHideLocalIpsWithMdns',
    ],
  });
}
