// Checks the words of names, comments, texts and documents, as a part of `npm run lint`: the words
// to avoid (lib/avoided-words.js) and the spelling (cspell.config.js).
// `node scripts/check-words.js` checks all files; with arguments, only those.
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findAvoidedWords } from './lib/avoided-words.js';
import { root, runNode } from './lib/run.js';

const TYPES = /\.(?:cjs|css|cts|html|js|json|md|ts|tsx|yaml)$/;
/** Installed or generated. */
const SKIPPED = /^(?:\.cache|\.git|coverage|dist|node_modules|package-lock\.json|vectors)$/;

const named = process.argv.slice(2).map((path) => resolve(path));
const files = named.length > 0 ? named : filesIn(root);

const avoided = findAvoidedWords(files);
for (const message of avoided) console.log(message);
const code = await checkSpelling(files);
process.exitCode = avoided.length > 0 ? 1 : code;

/**
 * @param {string} folder
 * @returns {string[]}
 */
function filesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (SKIPPED.test(entry.name)) return [];
    if (entry.isDirectory()) return filesIn(path);
    return TYPES.test(entry.name) ? [path] : [];
  });
}

/** @param {readonly string[]} paths */
async function checkSpelling(paths) {
  const folder = mkdtempSync(join(tmpdir(), 'roomkey-words-'));
  try {
    // In a file: with a list from standard input and a filled cache, cspell 9 ends without a result.
    const list = join(folder, 'files.txt');
    writeFileSync(list, paths.join('\n'));
    return await runNode([
      ...['node_modules/cspell/bin.mjs', 'lint', '--config', 'cspell.config.js'],
      ...['--cache', '--cache-location', 'node_modules/.cache/cspell'],
      ...['--no-progress', '--no-color', '--show-suggestions', '--file-list', list],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
