import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';

// cspell:ignore cuont nubmer seperate
const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs `scripts/check-words.js` on a file with this content. */
function check(content: string) {
  const folder = mkdtempSync(join(tmpdir(), 'roomkey-words-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'checked.ts');
  writeFileSync(file, content);
  const { status, stdout } = spawnSync(process.execPath, ['scripts/check-words.js', file], {
    cwd: root,
    encoding: 'utf8',
  });
  const problems = stdout.match(/(?<=checked\.ts:)\d+.*/g) ?? [];
  return { status, problems };
}

describe('the check of words', () => {
  test('passes a file of plain words', () => {
    const content = '/** The number of frames. */\nexport const frameCount = 2;\n';
    expect(check(content)).toEqual({ status: 0, problems: [] });
  });

  test.each([
    [
      'a misspelled word',
      "/** The nubmer. */\nexport const frameCuont = 2;\nexport const text = 'a seperate one';\n",
      [
        /^1:9 - Unknown word \(nubmer\).*number/,
        /^2:19 - Unknown word \(Cuont\).*count/,
        /^3:24 - Unknown word \(seperate\).*separate/,
      ],
    ],
    [
      'a word to avoid',
      "/** Whoever waits. */\nexport const isNobodyThere = 2;\nexport const text = 'a room of yours';\n",
      [
        /^1:5: “Whoever”: write the subject/,
        /^2:16: “Nobody”: write “no one”/,
        /^3:29: “of yours”: write “your …”/,
      ],
    ],
  ])(
    'fails for %s in a comment, a name and a text, and suggests a different word',
    (_, content, problems) => {
      expect(check(content)).toEqual({
        status: 1,
        problems: problems.map((pattern) => expect.stringMatching(pattern) as string),
      });
    },
  );
});

test.each(['scripts/words.txt', 'scripts/words-of-tests.txt'])(
  '%s is in alphabetical order, in lower case, without duplicates',
  (file) => {
    const words = readFileSync(join(root, file), 'utf8').trimEnd().split('\n');
    expect(words).toEqual([...new Set(words.map((word) => word.toLowerCase()))].sort());
  },
);
