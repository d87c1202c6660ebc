// `npm run audit`: asks the registry for known faults in the packages that are shipped, and in
// those that pack them. Some registries do not answer audits: this says so and succeeds.
import { join } from 'node:path';
import { askNpm } from './lib/ask-npm.js';
import { readAudit } from './lib/audit.js';
import { root } from './lib/run.js';

/**
 * What is audited. Electron is a development dependency, and yet it is shipped.
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
