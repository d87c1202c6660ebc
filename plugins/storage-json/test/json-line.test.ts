import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonLine } from '../src/json-line.js';

describe('jsonLine', () => {
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
    expect(jsonLine(text)).toBe(line);
  });

  it('finds a value by its path', () => {
    const text = '{\n"a": 1,\n"documents": [\n{"id": "x"},\n{\n"id": "y"\n}]}';
    expect(jsonLine(text, ['documents'])).toBe(3);
    expect(jsonLine(text, ['documents', 0, 'id'])).toBe(4);
    expect(jsonLine(text, ['documents', 1])).toBe(5);
    expect(jsonLine(text, ['documents', 1, 'id'])).toBe(6);
    expect(jsonLine(text, ['documents', 1, 'missing'])).toBe(5);
    expect(jsonLine(text, [])).toBe(1);
  });

  it('finds no fault in any JSON', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        // A fault would be after the first line; the top value is in it.
        expect(jsonLine(JSON.stringify(JSON.parse(json), null, 1))).toBe(1);
      }),
    );
  });
});
