import { readFile, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

/** Response to a path of the page, for HTTP and for Electron's protocol handler. */
export interface PageAnswer {
  readonly status: 200 | 404;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface PageFilesOptions {
  /** Folder of the built UI. */
  readonly folder: string;
  /**
   * Maps a path such as `0/index.js` to the file of a page module; `undefined` if there is none.
   */
  readonly moduleFile: (path: string) => string | undefined;
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Names without escapes and without a leading dot: nothing that leaves a folder. */
const PATH = /^(?:\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+$/;

/**
 * Permissions that the page never gets, so that third-party code in it cannot request them either.
 */
const refusedFeatures = [
  'accelerometer',
  'clipboard-read',
  'geolocation',
  'gyroscope',
  'hid',
  'magnetometer',
  'midi',
  'payment',
  'publickey-credentials-get',
  'serial',
  'usb',
];

/**
 * Headers of every response.
 *
 * @param connect origin that the page may connect to besides its own, such as `ws://127.0.0.1:1234`
 */
export function pageHeaders(connect?: string): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob:",
    "media-src 'self' blob:",
    "font-src 'self'",
    "worker-src 'self'",
    `connect-src 'self'${connect === undefined ? '' : ` ${connect}`}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // The UI's policy only allows workers from its own scripts.
    "require-trusted-types-for 'script'",
    'trusted-types default',
  ];
  const permissions = [
    'camera=(self)',
    'display-capture=(self)',
    'microphone=(self)',
    'speaker-selection=(self)',
    ...refusedFeatures.map((feature) => `${feature}=()`),
  ];
  return {
    'Content-Security-Policy': policy.join('; '),
    'Permissions-Policy': permissions.join(', '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  };
}

/** The page's files: the built UI, and below `/plugins/` the plugins' page modules. */
export class PageFiles {
  readonly #options: PageFilesOptions;

  constructor(options: PageFilesOptions) {
    this.#options = options;
  }

  /**
   * @param path of the URL, not decoded: no file needs escapes
   * @param connect as in `pageHeaders`
   */
  async answer(path: string, connect?: string): Promise<PageAnswer> {
    const headers = pageHeaders(connect);
    const file = await this.#find(path === '/' ? '/index.html' : path);
    const type = file === undefined ? undefined : types[extname(file)];
    if (file === undefined || type === undefined) return notFound(headers);
    try {
      const body = new Uint8Array(await readFile(file));
      return { status: 200, headers: { ...headers, 'Content-Type': type }, body };
    } catch {
      // A folder, or deleted in the meantime.
      return notFound(headers);
    }
  }

  async #find(path: string): Promise<string | undefined> {
    if (!PATH.test(path)) return undefined;
    const plugin = /^\/plugins\/(.+)$/.exec(path)?.[1];
    if (plugin !== undefined) return this.#options.moduleFile(plugin);
    try {
      const folder = await realpath(this.#options.folder);
      // Links that lead out of the folder are not followed.
      const file = await realpath(join(folder, path));
      return file.startsWith(folder + sep) ? file : undefined;
    } catch {
      return undefined;
    }
  }
}

function notFound(headers: Readonly<Record<string, string>>): PageAnswer {
  const body = new TextEncoder().encode('There is no such file.\n');
  return {
    status: 404,
    headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' },
    body,
  };
}
