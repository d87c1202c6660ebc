import { resolve } from 'node:path';
import { expandHome, RoomkeyError } from '@roomkey/core';

/** The source that a device name refers to. */
export type Source =
  | { readonly kind: 'device'; readonly index: number }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'url'; readonly href: string }
  | { readonly kind: 'pipeline'; readonly text: string };

/**
 * Parses a device name: a number, `file:PATH`, `url:URL` or `pipeline:TEXT`. No error repeats an
 * address or a pipeline: both may contain a password.
 *
 * @param base base folder of relative paths
 * @throws RoomkeyError `RK_CAMERA_NOT_FOUND` for anything else
 */
export function parseDeviceName(name: string, base: string): Source {
  if (/^\d{1,3}$/.test(name)) return { kind: 'device', index: Number(name) };
  const [, kind, rest = ''] = /^(file|url|pipeline):(.+)$/s.exec(name) ?? [];
  if (kind === 'file') return { kind, path: resolve(base, expandHome(rest)) };
  if (kind === 'url') return { kind, href: parseUrl(rest) };
  if (kind === 'pipeline') return { kind, text: rest };
  const shown = name.includes('://') ? 'This' : `‘${name}’`;
  throw new RoomkeyError(
    'RK_CAMERA_NOT_FOUND',
    `${shown} is not a camera that OpenCV knows. Give its number, such as 0, or file:PATH, url:rtsp://HOST/… or pipeline:TEXT.`,
  );
}

/** Matches an unencoded password that ends the authority too early (RFC 3986, section 3.2). */
const UNENCODED_PASSWORD = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@]*:[^/?#@]*[/?#].*@/is;

function parseUrl(text: string): string {
  if (UNENCODED_PASSWORD.test(text)) {
    throw new RoomkeyError(
      'RK_CAMERA_NOT_FOUND',
      'The address of the camera has an @ behind a #, / or ?. In a user name or password write %23 for #, %2F for /, %3F for ? and %40 for @; elsewhere write %40 for @.',
    );
  }
  if (URL.canParse(text)) return new URL(text).href;
  throw new RoomkeyError(
    'RK_CAMERA_NOT_FOUND',
    'The address of the camera is not a URL. Write it like url:rtsp://USER:PASSWORD@HOST:554/PATH; in a user name or password, write %23 for #, %2F for /, %3F for ? and %40 for @.',
  );
}
