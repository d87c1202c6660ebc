// `npm run audit`: asks the registry what is known against the packages that are shipped, or pack
// what is shipped. Some registries cannot be asked: then this says so and is no failure.
import { join } from 'node:path';
import { askNpm } from './lib/ask-npm.js';
import { readAudit } from './lib/audit.js';
import { root } from './lib/run.js';

/**
 * What is looked at. Electron is a tool of development by its place, and shipped all the same.
 *
 * @type {readonly { what: string, folder: string, args: readonly string[], only?: readonly string[] }[]}
 */
const parts = [
  { what: 'What is installed', folder: root, args: ['--omit=dev'] },
  {
    what: 'Electron and what builds the app',
    folder: root,
    args: [],
    only: ['electron', 'vite', 'typescript'],
  },
  { what: 'The packer', folder: join(root, 'hosts/desktop/packing'), args: [] },
];

for (const { what, folder, args, only } of parts) {
  const { findings, text } = readAudit(await askNpm(['audit', '--json', ...args], folder), only);
  console.log(`${what}: ${text}`);
  if (findings > 0) process.exitCode = 1;
}
