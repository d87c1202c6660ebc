import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { build } from 'vite';

/** A function as its source names it. */
export interface SourceFunction {
  /** With its class, or with the function that it is in. */
  readonly name: string;
  /** From the root of the repository, without its extension. */
  readonly file: string;
  /** Whether it is a getter of one statement. */
  readonly isGetter: boolean;
  readonly isAsync: boolean;
}

/** What a page loads: the map of a bundle, and where that was. */
interface Bundle {
  readonly map: SourceMap;
  readonly folder: string;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const bundles = ['hosts/desktop', 'plugins/camera-browser'];

/** Finds the sources of the functions that run: in Node the compiled ones, in pages the bundled ones. */
export class FunctionNames {
  readonly #maps: ReadonlyMap<string, Bundle>;
  readonly #texts = new Map<string, SourceText>();

  private constructor(maps: ReadonlyMap<string, Bundle>) {
    this.#maps = maps;
  }

  /** Bundles what pages load once more, for its source maps. */
  static async open(): Promise<FunctionNames> {
    const maps = new Map<string, Bundle>();
    const folder = await mkdtemp(join(tmpdir(), 'roomkey-bench-maps-'));
    try {
      for (const [index, bundle] of bundles.entries()) {
        const outDir = join(folder, String(index));
        await build({
          configFile: join(root, bundle, 'vite.config.ts'),
          logLevel: 'error',
          build: { outDir, sourcemap: 'hidden' },
        });
        for (const path of readdirSync(outDir, { recursive: true, encoding: 'utf8' })) {
          if (!path.endsWith('.js.map')) continue;
          const map = new SourceMap(
            JSON.parse(readFileSync(join(outDir, path), 'utf8')) as ConstructorParameters<
              typeof SourceMap
            >[0],
          );
          maps.set(basename(path, '.map'), { map, folder: dirname(join(outDir, path)) });
        }
      }
    } finally {
      await rm(folder, { recursive: true });
    }
    return new FunctionNames(maps);
  }

  /**
   * @param url of the script
   * @param line and
   * @param column where the function begins there, from 0
   * @returns undefined for what is not Roomkey's
   */
  find(url: string, line: number, column: number): SourceFunction | undefined {
    const place = this.#sourceOf(url, line, column);
    if (place === undefined) return undefined;
    const file = relative(root, place.path);
    // What draws the window around the picture does so at its own times.
    if (file.startsWith('..') || /(^|\/)(node_modules|bench)\/|\.tsx$/.test(file)) return undefined;
    const { source, functions } = this.#read(place.path);
    const position = source.getPositionOfLineAndCharacter(place.line, place.column);
    const found = functionAt(functions, position);
    if (found === undefined) return undefined;
    return {
      name: nameOf(found),
      file: file.replace(/\.[jt]sx?$/, '').replace('/dist/', '/src/'),
      isGetter: ts.isGetAccessor(found) && found.body?.statements.length === 1,
      isAsync: (ts.getCombinedModifierFlags(found) & ts.ModifierFlags.Async) !== 0,
    };
  }

  #sourceOf(url: string, line: number, column: number) {
    if (url.startsWith('file:')) return { path: fileURLToPath(url), line, column };
    const bundle = this.#maps.get(basename(url));
    const entry = bundle?.map.findEntry(line, column);
    if (bundle === undefined || entry === undefined || !('originalSource' in entry))
      return undefined;
    // Workers are bundled apart, as if the folder were another one.
    const besides = resolve(bundle.folder, entry.originalSource);
    const path = existsSync(besides)
      ? besides
      : join(root, entry.originalSource.replace(/^(\.\.\/)+/, ''));
    return { path, line: entry.originalLine, column: entry.originalColumn };
  }

  #read(path: string): SourceText {
    let text = this.#texts.get(path);
    if (text === undefined) {
      const content = readFileSync(path, 'utf8');
      const source = ts.createSourceFile(path, content, ts.ScriptTarget.Latest, true);
      this.#texts.set(path, (text = { source, functions: functionsOf(source) }));
    }
    return text;
  }
}

interface SourceText {
  readonly source: ts.SourceFile;
  readonly functions: readonly Located[];
}

/** A function of a file, in the order of where they begin. */
interface Located {
  readonly node: ts.SignatureDeclaration;
  readonly start: number;
  readonly bodyStart: number;
}

function functionsOf(file: ts.SourceFile): Located[] {
  const all: Located[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const bodyStart = (node.body as ts.Node).getStart(file);
      all.push({ node, start: node.getStart(file), bodyStart });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return all;
}

/** The function whose parameters are at a position, or else the next one: maps have gaps. */
function functionAt(
  all: readonly Located[],
  position: number,
): ts.SignatureDeclaration | undefined {
  const at = all.findLast(({ start, bodyStart }) => start <= position && position < bodyStart);
  return (at ?? all.find(({ start }) => start > position))?.node;
}

/** As in `Class.method`, `Class.method > callback of call`. */
function nameOf(node: ts.SignatureDeclaration): string {
  const own = ownName(node);
  for (let outer: ts.Node = node.parent; !ts.isSourceFile(outer); outer = outer.parent) {
    if (ts.isClassLike(outer) && node.parent === outer)
      return `${outer.name?.text ?? 'class'}.${own}`;
    if (ts.isFunctionLike(outer) && outer !== node) return `${nameOf(outer)} › ${own}`;
  }
  return own;
}

function ownName(node: ts.SignatureDeclaration): string {
  if (ts.isConstructorDeclaration(node)) return 'constructor';
  if (node.name !== undefined) return node.name.getText();
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent))
    return parent.name.getText();
  if (ts.isBinaryExpression(parent)) return parent.left.getText();
  if (ts.isCallExpression(parent)) {
    const event = parent.arguments.find(ts.isStringLiteral)?.text;
    return `${event === undefined ? '' : `“${event}” `}callback of ${parent.expression.getText().split('.').at(-1) ?? ''}`;
  }
  return 'callback';
}
