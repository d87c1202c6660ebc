import { resolve } from 'node:path';
import { RoomkeyError } from '@roomkey/core';

/** What a device name stands for. */
export type Source =
  | { readonly kind: 'device'; readonly index: number }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'url'; readonly url: URL }
  | { readonly kind: 'pipeline'; readonly text: string };

/**
 * Reads a device name: a number, `file:PATH`, `url:URL` or `pipeline:TEXT`.
 *
 * @param base where relative paths start
 * @throws RoomkeyError `RK_CAMERA_NOT_FOUND` for anything else
 */
export function parseDeviceName(name: string, base: string): Source {
  if (/^\d{1,3}$/.test(name)) return { kind: 'device', index: Number(name) };
  const [, kind, rest = ''] = /^(file|url|pipeline):(.+)$/s.exec(name) ?? [];
  if (kind === 'file') return { kind, path: resolve(base, rest) };
  if (kind === 'url' && URL.canParse(rest)) return { kind, url: new URL(rest) };
  if (kind === 'pipeline') return { kind, text: rest };
  throw new RoomkeyError(
    'RK_CAMERA_NOT_FOUND',
    `‘${name}’ is no camera of OpenCV’s. Give its number, such as 0, or file:PATH, url:rtsp://HOST/… or pipeline:TEXT.`,
  );
}
