import { readFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

/** Of @roomkey/core, as a peer is told it. */
export const CORE_VERSION = manifest.version;
