import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { errorCodes } from '../src/errors/index.js';

const ROOT = join(import.meta.dirname, '../..');

/** The rows of the table in docs/errors.md: code, meaning, next step. */
async function documented(): Promise<string[][]> {
  const text = await readFile(join(ROOT, 'docs/errors.md'), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `RK_'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** The sources of all packages, without the table itself. */
async function sources(): Promise<string> {
  const folders = ['core', 'plugins', 'hosts'].map((folder) => join(ROOT, folder));
  const entries = await Promise.all(
    folders.map((folder) => readdir(folder, { recursive: true, withFileTypes: true })),
  );
  const files = entries
    .flat()
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (file) => /[/\\]src[/\\]/.test(file) && !/node_modules|errors[/\\]codes\.ts/.test(file),
    );
  return (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join('\n');
}

describe('docs/errors.md', () => {
  let rows: string[][];
  beforeAll(async () => {
    rows = await documented();
  });

  test('lists every code once, in order, and no other', () => {
    expect(rows.map(([code]) => code)).toEqual(
      Object.keys(errorCodes).map((code) => `\`${code}\``),
    );
  });

  test('gives the meaning in the code’s table, and the next step', () => {
    expect(rows.map(([, meaning]) => meaning)).toEqual(Object.values(errorCodes));
    for (const [code, , next] of rows) expect(next, code).toMatch(/\w{3}.*\.$/);
  });
});

test('every code in the table is thrown, and every thrown code is in the table', async () => {
  const text = await sources();
  const codes = Object.keys(errorCodes);
  // `new RoomkeyError('RK_…'`, a helper's argument or a choice between two; comparisons do not
  // count.
  const thrown = new Set<string>();
  for (const { 0: line } of text.matchAll(/^.*'RK_[A-Z_]+'.*$/gm)) {
    if (/hasCode\(|^\s*\*|===|!==/.test(line)) continue;
    for (const { 1: code } of line.matchAll(/'(RK_[A-Z_]+)'/g)) thrown.add(code!);
  }
  expect(codes.filter((code) => !thrown.has(code))).toEqual([]);
  const mentioned = new Set(Array.from(text.matchAll(/\bRK_[A-Z_]*[A-Z]\b/g), ([code]) => code));
  expect([...mentioned].filter((code) => !codes.includes(code))).toEqual([]);
});
