/** The spelling check of `npm run lint`. CONTRIBUTING.md says how to add a word. */
export default {
  version: '0.2',
  language: 'en-US',
  minWordLength: 3,
  dictionaryDefinitions: [
    { name: 'roomkey', path: './scripts/words.txt' },
    { name: 'roomkey-tests', path: './scripts/words-of-tests.txt' },
  ],
  dictionaries: [
    'roomkey',
    'softwareTerms',
    'networking-terms',
    'typescript',
    'node',
    'html',
    'css',
    'en-common-misspellings',
  ],
  // Names of people and rooms, passwords, and parts of these.
  overrides: [{ filename: '**/test/**', dictionaries: ['roomkey-tests'] }],
  // Generated.
  ignorePaths: ['core/src/people/confusables-data.ts'],
  ignoreRegExpList: [
    // Escapes in strings and addresses: \n, \u00e9, %2F.
    '/(?<!\\\\)\\\\[bfnrt]/g',
    '/\\\\u[0-9a-f]{4}|%[0-9a-f]{2}/gi',
    // Hexadecimal numbers.
    '/\\b[0-9a-f]{16,}\\b/gi',
    // Names in other scripts.
    '/[\\p{Script=Arabic}\\p{Script=Cyrillic}\\p{Script=Greek}]+/gu',
  ],
};
