// The FerretDB that the tests use if there is no MongoDB, and the path of its build.
import { join } from 'node:path';
import { root } from './run.js';

/**
 * The Go module and the checksum of its sources, as in go.sum; its own go.sum pins its
 * dependencies.
 */
export const ferretdb = {
  path: 'github.com/FerretDB/FerretDB',
  version: 'v1.24.2',
  sum: 'h1:trrUU0LbmusMbyubhPS1IELncvrIwKrsRT2LW1UUWCw=',
};

/** The folder of builds; it survives `npm ci`. */
export const cacheFolder = join(root, '.cache/ferretdb');

const file = process.platform === 'win32' ? 'ferretdb.exe' : 'ferretdb';

/** The path of the program, once it is built. */
export const executable = join(
  cacheFolder,
  `${ferretdb.version}-${process.platform}-${process.arch}`,
  file,
);
