import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { root } from './run.js';

// cspell:ignore manieth

/**
 * Patterns that names, comments and texts avoid, in either case and within longer names, and what to
 * write instead.
 *
 * @type {readonly (readonly [pattern: string, instead: string])[]}
 */
const avoided = [
  ['whoever', 'the subject: “a client that …”, “anyone who …”'],
  ['whom', '“who”, or the subject'],
  ['somebody', '“someone”, or the subject'],
  ['nobody', '“no one”, or the subject'],
  ['anybody', '“anyone”'],
  ['everybody', '“everyone”'],
  ['manieth', '“the number of …”'],
  ['\\banew\\b', '“again”, or “new”'],
  ['\\bis another\\b', '“changed”, or “differs”'],
  ['\\bare others\\b', '“changed”, or “differ”'],
  ['\\bof yours\\b', '“your …”'],
  ['dialled|dialling', '“dialed”, “dialing”'],
  ['labelled(?!by)|labelling', '“labeled”'],
  // Former names.
  ['acquaintance', '“known peer”'],
  ['\\bbells\\b', '“change counter”'],
  ['breather', '“yielder”'],
  ['call-?desk', '“call controller”'],
  ['change-?teller', '“change emitter”'],
  ['fingerprint-?words', '“words”'],
  ['half-?end', '“channel endpoint”'],
  ['kept-?aside', '“quarantine”, “previous”'],
  ['known-?people', '“known peers”'],
  ['mailbox', '“buffered listener”'],
  ['page-?half', '“page side”'],
  ['picture-?watch', '“playback monitor”'],
  ['sighting', '“beacon event”'],
  ['surroundings', '“host environment”'],
];

/** Files that may use the patterns, as paths from the root; `/` at the end means a folder. */
const exempt = ['scripts/lib/avoided-words.js', 'test/words.test.ts'];

const pattern = new RegExp(avoided.map(([each]) => `(${each})`).join('|'), 'gi');

/**
 * Finds the avoided words in files, and in the names of the files.
 *
 * @param {readonly string[]} files
 * @returns {string[]} one message per place: file, line, column, and what to write instead
 */
export function findAvoidedWords(files) {
  return files.flatMap((file) => {
    const path = relative(root, file).replaceAll(sep, '/');
    if (exempt.some((each) => path === each || (each.endsWith('/') && path.startsWith(each)))) {
      return [];
    }
    const lines = readFileSync(join(root, path), 'utf8').split('\n');
    return [
      ...findIn(path).map(({ message }) => `${path}: ${message}`),
      ...lines.flatMap((line, index) =>
        findIn(line).map(({ column, message }) => `${path}:${index + 1}:${column}: ${message}`),
      ),
    ];
  });
}

/** @param {string} text */
function findIn(text) {
  return Array.from(text.matchAll(pattern), (match) => {
    const [word, ...groups] = match;
    const [, instead] = avoided[groups.findIndex((group) => group !== undefined)] ?? [];
    return { column: match.index + 1, message: `“${word}”: write ${instead}` };
  });
}
