import { basename } from 'node:path';
import { RoomkeyError } from '@roomkey/core/host';
import { findAppBrowser, programExists, namedAppBrowser, type AppBrowser } from './find-browser.js';
import { hasDisplay, type HostEnvironment } from './host-environment.js';

/** Where to show the page, if not in Electron. */
export type WindowChoice =
  /** A browser window without tabs, in a process of its own. */
  | { readonly kind: 'app-window'; readonly browser: AppBrowser }
  /** A browser tab; without `program`, in the default browser. */
  | { readonly kind: 'tab'; readonly name: string; readonly program?: string }
  /** The user opens the printed address. */
  | { readonly kind: 'address'; readonly because: string };

/** Whether Electron can be used and the user chose no browser. */
export function mayUseElectron(host: HostEnvironment, wanted: string | undefined): boolean {
  return askedFor(host, wanted) === '' && hasDisplay(host) && !host.isRoot;
}

/**
 * Checks that the requested browser exists, before anything starts.
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
 * Chooses where to show the page: in the requested browser, else in an app window of a
 * Chromium-based browser, else in the default browser. If nothing can be opened, the user gets the
 * address.
 *
 * @param wanted a browser's path, or `none`; overrides the ROOMKEY_BROWSER variable
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
