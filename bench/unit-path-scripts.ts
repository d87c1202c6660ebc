import type { FunctionNames, SourceFunction } from './unit-path-names.js';
import type { Target } from './unit-path-place.js';

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** As of `Profiler.takePreciseCoverage`. */
export interface ScriptCoverage {
  readonly scriptId: string;
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly ranges: readonly [Range, ...Range[]];
  }[];
}

/** A function of a script of Roomkey's. */
export interface Covered extends SourceFunction {
  readonly scriptId: string;
  readonly start: number;
  readonly end: number;
  readonly calls: number;
}

interface Script {
  readonly length: number;
  readonly lineStarts: readonly number[];
  /** By where they begin. */
  readonly functions: Map<number, Covered>;
}

interface Location {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** The functions of Roomkey's in one place. */
export class Scripts {
  readonly #target: Target;
  readonly #names: FunctionNames;
  readonly #byUrl = new Map<string, Script>();

  constructor(target: Target, names: FunctionNames) {
    this.#target = target;
    this.#names = names;
  }

  async start(): Promise<void> {
    // It gives the sources.
    await this.#target.send('Debugger.enable');
    await this.#target.send('Profiler.enable');
    const how = { callCount: true, detailed: true };
    await this.#target.send('Profiler.startPreciseCoverage', how);
  }

  /** @returns the calls since the last time */
  async count(): Promise<readonly ScriptCoverage[]> {
    const { result } = await this.#target.send<{ readonly result: readonly ScriptCoverage[] }>(
      'Profiler.takePreciseCoverage',
    );
    return result;
  }

  /** Takes over what was counted. */
  async add(coverage: readonly ScriptCoverage[]): Promise<void> {
    for (const { scriptId, url, functions } of coverage) {
      if (url === '' || url.startsWith('node:') || url.includes('/node_modules/')) continue;
      const script = await this.#script(scriptId, url);
      for (const { functionName, ranges } of functions) {
        if (functionName === '<instance_members_initializer>') continue;
        const [{ startOffset: start, endOffset: end, count: calls }] = ranges;
        const { lineNumber, columnNumber } = locationOf(script, scriptId, start);
        // The script itself.
        if (start === 0 && end === script.length) continue;
        const found = this.#names.find(url, lineNumber, columnNumber);
        if (found === undefined) continue;
        script.functions.set(start, { ...found, scriptId, start, end, calls });
      }
    }
  }

  /** Has the calls of all functions followed that were called at least so often. */
  async trace(least: number): Promise<void> {
    await this.#target.send('Profiler.disable');
    for (const script of this.#byUrl.values()) {
      for (const { scriptId, start, end, calls } of script.functions.values()) {
        if (calls < least) continue;
        const { locations } = await this.#target.send<{ readonly locations: readonly Location[] }>(
          'Debugger.getPossibleBreakpoints',
          {
            start: locationOf(script, scriptId, start),
            end: locationOf(script, scriptId, end),
            restrictToFunction: true,
          },
        );
        const [location] = locations;
        if (location === undefined) continue;
        const condition = 'unitPath.hit()';
        await this.#target.send('Debugger.setBreakpoint', { location, condition });
      }
    }
  }

  async stop(): Promise<void> {
    await this.#target.send('Debugger.disable');
  }

  /** Roomkey's functions on a stack, the outermost first. */
  path(stack: string): Covered[] {
    return framesOf(stack)
      .flatMap(({ url, line, column }) => this.#at(url, line, column) ?? [])
      .toReversed();
  }

  /** The innermost of Roomkey's functions on a stack, or else whose code that is. */
  whereOf(stack: string): string {
    for (const { url, line, column, name } of framesOf(stack)) {
      const found = this.#at(url, line, column);
      if (found !== undefined) return found.name;
      const [, library] = /\/node_modules\/([^/]+)\//.exec(url) ?? [];
      if (library !== undefined) return `${library}: ${name}`;
    }
    return 'the platform';
  }

  /** The innermost function around a place. */
  #at(url: string, line: number, column: number): Covered | undefined {
    const script = this.#byUrl.get(url);
    if (script === undefined) return undefined;
    const offset = (script.lineStarts[line] ?? 0) + column;
    let inner: Covered | undefined;
    for (const each of script.functions.values()) {
      if (offset < each.start || offset >= each.end) continue;
      if (inner === undefined || each.start > inner.start) inner = each;
    }
    return inner;
  }

  async #script(scriptId: string, url: string): Promise<Script> {
    let script = this.#byUrl.get(url);
    if (script === undefined) {
      const { scriptSource } = await this.#target.send<{ readonly scriptSource: string }>(
        'Debugger.getScriptSource',
        { scriptId },
      );
      const lineStarts = [0, ...[...scriptSource.matchAll(/\n/g)].map(({ index }) => index + 1)];
      script = { length: scriptSource.length, lineStarts, functions: new Map() };
      this.#byUrl.set(url, script);
    }
    return script;
  }
}

function locationOf({ lineStarts }: Script, scriptId: string, offset: number): Location {
  const lineNumber = lineStarts.findLastIndex((start) => start <= offset);
  return { scriptId, lineNumber, columnNumber: offset - (lineStarts[lineNumber] ?? 0) };
}

/** The frames of an `Error`'s stack, the innermost first, up to where something is waited for. */
function framesOf(stack: string): {
  readonly name: string;
  readonly url: string;
  readonly line: number;
  readonly column: number;
}[] {
  const frames = [];
  for (const text of stack.split('\n').slice(1)) {
    if (/^\s+at async /.test(text)) break;
    const [, name = '', url = '', line, column] =
      /^\s+at (?:(.*?) \()?([^()\s]+):(\d+):(\d+)\)?$/.exec(text) ?? [];
    if (url === '') continue;
    frames.push({ name, url, line: Number(line) - 1, column: Number(column) - 1 });
  }
  return frames;
}
