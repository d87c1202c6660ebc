import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { systemReason } from '../../src/util/errno.js';
import { decodeText } from '../../src/util/text.js';

const withCode = (code: string): Error =>
  Object.assign(new Error(`${code}: said by Node, open '/somewhere'`), { code });

test.each([
  ['ENOSPC', 'the disk is full'],
  ['EACCES', 'not permitted'],
  ['EROFS', 'the disk is read-only'],
  ['EBUSY', 'another program has it open'],
  ['EWHATEVER', 'the system reports EWHATEVER'],
])('systemReason gives for %s: %s', (code, words) => {
  expect(systemReason(withCode(code))).toBe(words);
});

test('systemReason never repeats a parser’s message, which quotes its input', () => {
  const parse = (): unknown => JSON.parse('{"seed": secret}');
  expect(parse).toThrow('secret');
  let thrown: unknown;
  try {
    parse();
  } catch (error) {
    thrown = error;
  }
  expect(systemReason(thrown)).toBe('its content is invalid');
});

test('systemReason repeats the advice for a file that is not text', () => {
  expect(() => decodeText(Uint8Array.of(0xff))).toThrow();
  try {
    decodeText(Uint8Array.of(0xff));
  } catch (error) {
    expect(systemReason(error)).toContain('Save it as UTF-8');
  }
});

test('systemReason knows the error that Node throws for a folder', async () => {
  const error: unknown = await readFile(import.meta.dirname).catch((cause: unknown) => cause);
  expect(systemReason(error)).toBe('it is a folder');
});
