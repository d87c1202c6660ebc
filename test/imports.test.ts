import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

const packages = [
  'core',
  ...['plugins', 'hosts'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => `${group}/${name}`),
  ),
];

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|tsx|cts)$/.test(name))
    .map((name) => join(root, folder, name));
}

/** All modules that a file imports, also for types only. */
function imports(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
  return importedFiles.map(({ fileName }) => fileName);
}

/** The modules that are loaded before a file runs, without those imported for types only. */
function loads(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    const named =
      (ts.isImportDeclaration(statement) &&
        statement.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword) ||
      (ts.isExportDeclaration(statement) && !statement.isTypeOnly)
        ? statement.moduleSpecifier
        : undefined;
    return named !== undefined && ts.isStringLiteral(named) ? [named.text] : [];
  });
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith('.');
}

function toSource(file: string, specifier: string): string {
  // What follows `?` says how vite bundles a worklet.
  const path = join(dirname(file), specifier.replace(/(\.js|\.ts\?.*)$/, ''));
  return existsSync(`${path}.tsx`) ? `${path}.tsx` : `${path}.ts`;
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

describe.each(packages)('%s', (folder) => {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
    name: string;
    dependencies?: Record<string, string>;
    peerDependencies?: Record<string, string>;
  };
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });

  test('declares the packages that it imports', () => {
    const imported = sources(`${folder}/src`)
      .flatMap(imports)
      .filter((specifier) => !isRelative(specifier) && !isBuiltin(specifier))
      .map(packageOf);
    expect([...new Set(imported)].filter((name) => !declared.includes(name))).toEqual([]);
  });

  test('uses the packages that it declares', () => {
    const text = sources(`${folder}/src`)
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n');
    // A host program depends on the default plugins, which are loaded by their names.
    const brought = folder.startsWith('hosts/') ? /^@roomkey\/(?!core$)/ : /^$/;
    const unused = declared.filter(
      (name) => !brought.test(name) && !text.includes(`'${name}'`) && !text.includes(`'${name}/`),
    );
    expect(unused).toEqual([]);
  });

  test('has no import cycles', () => {
    const finished = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (finished.has(file)) return;
      if (path.includes(file)) {
        const cycle = [...path.slice(path.indexOf(file)), file];
        expect.fail(cycle.map((each) => relative(root, each)).join(' → '));
      }
      for (const specifier of loads(file).filter(isRelative)) {
        visit(toSource(file, specifier), [...path, file]);
      }
      finished.add(file);
    };
    for (const file of sources(`${folder}/src`)) visit(file, []);
  });
});

describe('an entry point for plugin authors', () => {
  /** Every module that a file imports directly or indirectly, also for types only. */
  function reach(start: string): Set<string> {
    const found = new Set<string>();
    const visit = (file: string): void => {
      const name = relative(root, file);
      if (found.has(name)) return;
      found.add(name);
      for (const specifier of imports(file)) {
        if (isRelative(specifier)) visit(toSource(file, specifier));
        else found.add(specifier);
      }
    };
    visit(join(root, start));
    return found;
  }

  test.each(['core/src/index.ts', 'core/src/conformance/index.ts'])(
    '%s imports neither the container nor a host program',
    (entrance) => {
      const found = [...reach(entrance)];
      expect(found).toContain('core/src/contracts/camera.ts');
      const forbidden = /^(core\/src\/(container|host)\/|tsyringe|reflect-metadata|vitest)/;
      expect(found.filter((name) => forbidden.test(name))).toEqual([]);
    },
  );
});

describe('an entry point for pages', () => {
  test.each(['core/src/wire', 'core/src/audio'])('%s loads only its own folder', (folder) => {
    const found = new Set<string>();
    const visit = (file: string): void => {
      if (found.has(file)) return;
      found.add(file);
      for (const specifier of loads(file)) {
        visit(isRelative(specifier) ? toSource(file, specifier) : specifier);
      }
    };
    visit(join(root, folder, 'index.ts'));
    const own = join(root, folder, '/');
    expect([...found].filter((file) => !file.startsWith(own))).toEqual([]);
    expect(found.size).toBeGreaterThan(5);
  });

  // An audio worklet has neither the globals of Node nor those of a document, nor performance.now().
  test('core/src/audio uses no globals but those of the language', () => {
    const program = ts.createProgram([join(root, 'core/src/audio/index.ts')], {
      target: ts.ScriptTarget.ES2023,
      lib: ['lib.es2023.d.ts'],
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      types: [],
      strict: true,
      noEmit: true,
    });
    const complaints = ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
    expect(complaints).toEqual([]);
  });
});
