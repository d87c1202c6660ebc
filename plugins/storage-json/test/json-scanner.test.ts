import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonScanner, JsonSyntaxError, type JsonPath } from '../src/json-scanner.js';

const lineAt = (text: string, offset: number) => text.slice(0, offset).split('\n').length;

/** The line of the first error; `undefined` if the text is JSON. */
function breaksInLine(text: string): number | undefined {
  const scanner = new JsonScanner(text);
  try {
    scanner.value();
    scanner.end();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(JsonSyntaxError);
    return lineAt(text, scanner.at);
  }
}

describe('JsonScanner', () => {
  it.each([
    ['', 1],
    ['{\n', 2],
    ['{\n"a": 1,\n}', 3],
    ['{\n"a": 1\n"b": 2}', 3],
    ['{\n"a": [1,\n2 3]}', 3],
    ['{\n\n"a": tru}', 3],
    ['{\n"a": "x\n"}', 2],
    ['{\n"a": "\\q"}', 2],
    ['[1,\n01]', 2],
    ['[]\n]', 2],
    ["{'a': 1}", 1],
    [`["${'x'.repeat(300_000)}",\n}]`, 2],
  ])('finds where %j breaks', (text, line) => {
    expect(() => JSON.parse(text) as unknown).toThrow();
    expect(breaksInLine(text)).toBe(line);
  });

  it('finds a value by its path', () => {
    const text = '{\n"a": 1,\n"documents": [\n{"id": "x"},\n{\n"id": "y"\n}]}';
    const lineOf = (path: JsonPath) => lineAt(text, new JsonScanner(text).value(path));
    expect(lineOf(['documents'])).toBe(3);
    expect(lineOf(['documents', 0, 'id'])).toBe(4);
    expect(lineOf(['documents', 1])).toBe(5);
    expect(lineOf(['documents', 1, 'id'])).toBe(6);
    expect(lineOf(['documents', 1, 'missing'])).toBe(5);
    expect(lineOf([])).toBe(1);
  });

  it('accepts any JSON', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const text = JSON.stringify(JSON.parse(json), null, 1);
        expect(breaksInLine(text)).toBeUndefined();
        // Like the store: on UTF-8 bytes.
        expect(breaksInLine(Buffer.from(text).toString('latin1'))).toBeUndefined();
      }),
    );
  });
});
