import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expandHome } from '../../src/util/home.js';

test.each([
  ['~', '/home/ada'],
  ['~/clip.mp4', join('/home/ada', 'clip.mp4')],
  ['~bob/clip.mp4', '~bob/clip.mp4'],
  ['a/~/clip.mp4', 'a/~/clip.mp4'],
  ['/clip.mp4', '/clip.mp4'],
])('expandHome turns %j into %j', (path, expanded) => {
  expect(expandHome(path, '/home/ada')).toBe(expanded);
});
