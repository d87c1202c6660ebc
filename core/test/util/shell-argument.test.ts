import { expect, test } from 'vitest';
import { shellArgument } from '../../src/util/shell-argument.js';

test.each([
  ['Lab 2', '"Lab 2"'],
  ['Zoë', '"Zoë"'],
  ['$(id)', "'$(id)'"],
  ['`id`', "'`id`'"],
  ["it's", "'it'\\''s'"],
  ['--config=/x', "-- '--config=/x'"],
  ['-x', '-- "-x"'],
])('shellArgument quotes %s as %s', (name, argument) => {
  expect(shellArgument(name)).toBe(argument);
});
