import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findJsonError } from '../../src/config/json-position.js';

test.each([
  ['', 1, 1],
  ['{', 1, 2],
  ['{\n  "version": 1,\n}', 3, 1],
  ['{"a": }', 1, 7],
  ['{"a" 1}', 1, 6],
  ['{"a": 1 "b": 2}', 1, 9],
  ['{a: 1}', 1, 2],
  ["{'a': 1}", 1, 2],
  ['[1, 2', 1, 6],
  ['[1 2]', 1, 4],
  ['{"a": "unfinished}', 1, 7],
  ['{"a": [1, 2}}', 1, 12],
  ['{} {}', 1, 4],
  ['{\n\t"a": 01\n}', 2, 8],
  ['{"a": 1,}', 1, 9],
  ['// no\n{}', 1, 1],
])('findJsonError finds the error in %j at %i:%i', (text, line, column) => {
  expect(() => JSON.parse(text) as unknown).toThrow();
  expect(findJsonError(text)).toEqual({ line, column });
});

test('findJsonError agrees with JSON.parse about what is valid', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(findJsonError(text)).toBeUndefined();
    }),
  );
  const pieces = ['{', '}', '[', ']', ',', ':', '"a"', '1', 'true', ' '];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 9 }), (parts) => {
      const text = parts.join('');
      let valid = true;
      try {
        JSON.parse(text);
      } catch {
        valid = false;
      }
      expect(findJsonError(text) === undefined).toBe(valid);
    }),
    { numRuns: 2_000 },
  );
});
