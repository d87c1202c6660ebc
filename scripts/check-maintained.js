// `npm run check:maintained`: fails when our release line of Electron is no longer maintained; each
// line lives for half a year. It is for CI and releases and not part of `npm test`: an older
// checkout must not fail its tests because time has passed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgeElectron } from './lib/maintained.js';
import { askNpm } from './lib/ask-npm.js';
import { root } from './lib/run.js';

/** @type {{ electronVersion: string }} */
const { electronVersion } = JSON.parse(
  readFileSync(join(root, 'hosts/desktop/electron-builder.json'), 'utf8'),
);
const published = await askNpm(['view', 'electron', 'versions', '--json']);
const { isMaintained, text } = judgeElectron(
  electronVersion,
  Array.isArray(published) ? published : undefined,
  new Date(),
);
if (isMaintained) console.log(text);
else console.error(text);
process.exitCode = isMaintained ? 0 : 1;
