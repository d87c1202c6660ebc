// Which FerretDB the tests use where no MongoDB is at hand, and where it is once it is built.
import { join } from 'node:path';
import { root } from './run.js';

/** The Go module, and the checksum of its sources as go.sum files have it; it pins all others. */
export const ferretdb = {
  path: 'github.com/FerretDB/FerretDB',
  version: 'v1.24.2',
  sum: 'h1:trrUU0LbmusMbyubhPS1IELncvrIwKrsRT2LW1UUWCw=',
};

/** Where builds are kept; it survives `npm ci`. */
export const cacheFolder = join(root, '.cache/ferretdb');

const file = process.platform === 'win32' ? 'ferretdb.exe' : 'ferretdb';

/** The built program, if it was built. */
export const executable = join(
  cacheFolder,
  `${ferretdb.version}-${process.platform}-${process.arch}`,
  file,
);
