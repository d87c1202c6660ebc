import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The sources that start other programs. */
const sources = ['core', 'hosts', 'plugins']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => join(folder, file))
      .filter((file) => /^(core|(hosts|plugins)[\\/][\w-]+)[\\/]src[\\/].*\.c?ts$/.test(file)),
  )
  .filter((file) => readFileSync(join(root, file), 'utf8').includes('child_process'));

/** How often a file uses each of these names, without its imports. */
function uses(file: string, names: readonly string[]): number {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(root, file), 'utf8'),
    ts.ScriptTarget.Latest,
  );
  let count = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return;
    if (ts.isIdentifier(node) && names.includes(node.text)) count += 1;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return count;
}

test('the search finds sources that start programs', () => {
  expect(sources.length).toBeGreaterThanOrEqual(5);
});

test.each(sources)('%s passes no secret to the programs that it starts', (file) => {
  const starts = uses(file, ['spawn', 'spawnSync', 'fork', 'exec', 'execFile', 'execFileSync']);
  expect(uses(file, ['childEnvironment'])).toBeGreaterThanOrEqual(starts);
});
