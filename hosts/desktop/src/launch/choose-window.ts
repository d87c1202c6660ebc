import { basename } from 'node:path';
import { RoomkeyError } from '@roomkey/core/host';
import { findAppBrowser, programExists, namedAppBrowser, type AppBrowser } from './find-browser.js';
import { hasDisplay, type HostEnvironment } from './host-environment.js';

/** Where the page is shown, where not in Electron. */
export type WindowChoice =
  /** A window of a browser's that is a process of its own. */
  | { readonly kind: 'app-window'; readonly browser: AppBrowser }
  /** A tab; `program` absent: of the default browser. */
  | { readonly kind: 'tab'; readonly name: string; readonly program?: string }
  /** The person opens the address. */
  | { readonly kind: 'address'; readonly because: string };

/** Whether Electron can be used here, and no browser was asked for. */
export function mayUseElectron(host: HostEnvironment, wanted: string | undefined): boolean {
  return askedFor(host, wanted) === '' && hasDisplay(host) && !host.isRoot;
}

/**
 * Sees to it that the browser that was asked for is there, before anything is started for it.
 *
 * @throws RoomkeyError `RK_BROWSER_NOT_FOUND`
 */
export async function requireBrowser(
  host: HostEnvironment,
  wanted: string | undefined,
): Promise<void> {
  const named = askedFor(host, wanted);
  if (named === '' || named === 'none' || (await programExists(host, named))) return;
  const where = wanted === undefined ? 'the variable ROOMKEY_BROWSER' : '--browser';
  throw new RoomkeyError(
    'RK_BROWSER_NOT_FOUND',
    `There is no program ${named} to open Roomkey in. Give ${where} the path of a browser, or leave it out: then Roomkey looks for one.`,
  );
}

/**
 * Chooses where the page is shown: in the browser that was asked for, else in an app window of
 * Chromium's family, else in the default browser; where nothing can be opened, the person is asked.
 *
 * @param wanted a browser's path, or `none`; takes the place of the variable ROOMKEY_BROWSER
 */
export async function chooseWindow(
  host: HostEnvironment,
  wanted: string | undefined,
): Promise<WindowChoice> {
  const byHand = askedFor(host, wanted);
  if (byHand === 'none') return { kind: 'address', because: '' };
  if (byHand !== '') {
    const browser = namedAppBrowser(byHand);
    return browser === undefined
      ? { kind: 'tab', name: basename(byHand), program: byHand }
      : { kind: 'app-window', browser };
  }
  if (!hasDisplay(host)) {
    return { kind: 'address', because: 'There is no display here. ' };
  }
  if (host.isRoot) {
    return { kind: 'address', because: 'Browsers do not run as root, as Roomkey does now. ' };
  }
  const browser = await findAppBrowser(host);
  return browser === undefined
    ? { kind: 'tab', name: 'the default browser' }
    : { kind: 'app-window', browser };
}

function askedFor({ environment }: HostEnvironment, wanted: string | undefined): string {
  return wanted ?? environment['ROOMKEY_BROWSER'] ?? '';
}
