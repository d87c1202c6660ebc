import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The borders of docs/architecture.md: what the files of a room may not import. */
function border(files, forbidden, options = {}) {
  return {
    files,
    ...options,
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { patterns: forbidden.map(([regex, message]) => ({ regex, message })) },
      ],
      // The rule above does not see `import()`.
      'no-restricted-syntax': [
        'error',
        ...forbidden.map(([regex, message]) => ({
          selector: `ImportExpression[source.value=/${regex.replaceAll('/', '\\/')}/]`,
          message,
        })),
      ],
    },
  };
}

const container = ['^(tsyringe|reflect-metadata)', 'Only core/src/container knows the container.'];
const electron = ['^electron', 'Only the desktop’s main process and preload know Electron.'];
const noPlugin = [
  '^@roomkey/(?!core)|/plugins/',
  'Plugins are chosen by the configuration, never imported.',
];

export default defineConfig(
  globalIgnores(['**/dist/', '**/node_modules/', '**/.cache/']),
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: [
          'tsconfig.test.json',
          'core/tsconfig.json',
          'plugins/*/tsconfig.json',
          'hosts/*/tsconfig.json',
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-definitions': 'off',
      // Interface and token of a contract share one name on purpose.
      '@typescript-eslint/no-redeclare': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  border(['core/src/**'], [container, electron, noPlugin, ['/hosts/', 'Core knows no host.']], {
    ignores: ['core/src/container/**', 'core/src/contracts/**'],
  }),
  border(['core/src/container/**'], [electron, noPlugin]),
  border(
    ['core/src/contracts/**'],
    [
      ['^\\.\\./', 'Contracts import nothing of ours but contracts.'],
      ['^@roomkey', 'Contracts import nothing of ours but contracts.'],
      container,
    ],
  ),
  border(
    ['plugins/*/src/**'],
    [
      ['^@roomkey/(?!core$)', 'Plugins import @roomkey/core only.'],
      ['/(core|hosts|plugins)/', 'Plugins import @roomkey/core only.'],
      container,
      electron,
    ],
  ),
  border(
    ['plugins/*/test/**'],
    [
      ['^@roomkey/(?!core(/conformance)?$)', 'Plugin tests import core and its conformance kit.'],
      container,
    ],
  ),
  border(
    ['hosts/cli/src/**'],
    [['^@roomkey/(?!core/host$)', 'Hosts import @roomkey/core/host only.'], container, electron],
  ),
  {
    files: ['**/test/**', 'bench/**'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  { files: ['scripts/**', 'bench/**', 'hosts/cli/src/**'], rules: { 'no-console': 'off' } },
  { files: ['**/*.{js,cjs}'], extends: [tseslint.configs.disableTypeChecked] },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
);
