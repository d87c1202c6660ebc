/**
 * Generates core/src/people/confusables-data.ts from Unicode's file:
 *
 *     node scripts/make-confusables.js confusables.txt
 *
 * from https://www.unicode.org/Public/security/latest/confusables.txt
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const WIDTH = 96;

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error('Name the file: node scripts/make-confusables.js confusables.txt');
  process.exit(2);
}
const text = await readFile(path, 'utf8');
const version = /^# Version: (\S+)/m.exec(text)?.[1];
/**
 * The characters that look like a text: their code points, by those of the text in base 36.
 *
 * @type {Map<string, number[]>}
 */
const sourcesByTarget = new Map();
for (const [, source = '', target = ''] of text.matchAll(
  /^([0-9A-F]+)\s*;\s*([0-9A-F ]+?)\s*;/gm,
)) {
  const key = target
    .split(' ')
    .map((code) => Number.parseInt(code, 16).toString(36))
    .join('.');
  sourcesByTarget.set(key, [...(sourcesByTarget.get(key) ?? []), Number.parseInt(source, 16)]);
}
if (version === undefined || sourcesByTarget.size === 0) {
  console.error(`${path} is not Unicode's confusables.txt.`);
  process.exit(1);
}
const groups = [...sourcesByTarget].map(([target, sources]) => {
  const sorted = sources.sort((a, b) => a - b);
  const steps = sorted.map((code, index) => (code - (sorted[index - 1] ?? 0)).toString(36));
  return `${target}=${steps.join(' ')}`;
});
const lines = groups.join(';').match(new RegExp(`.{1,${WIDTH}}`, 'gs')) ?? [];
const content = `// Made by scripts/make-confusables.js; not to be edited.
// Of confusables.txt, Unicode ${version}. © Unicode, Inc. SPDX-License-Identifier: Unicode-3.0
// (https://www.unicode.org/license.txt)

/**
 * What looks like what: \`target=sources\`, with \`;\` between them. Numbers are in base 36: the
 * target's code points with dots between them, and of the sources each one's distance from the one
 * before.
 */
export const CONFUSABLES =
${lines.map((line) => `  '${line}'`).join(' +\n')};
`;
await writeFile(join(import.meta.dirname, '../core/src/people/confusables-data.ts'), content);
