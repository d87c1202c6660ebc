import { existsSync } from 'node:fs';
import { executable as ferretdb } from '../../scripts/lib/ferretdb.js';
import { findCommand } from './commands.js';

/** The program of the server: MongoDB if it is installed, or else FerretDB. */
export function mongoProgram():
  { readonly kind: 'mongod' | 'ferretdb'; readonly path: string } | undefined {
  const mongod = findCommand('mongod');
  if (mongod !== undefined) return { kind: 'mongod', path: mongod };
  return existsSync(ferretdb) ? { kind: 'ferretdb', path: ferretdb } : undefined;
}
