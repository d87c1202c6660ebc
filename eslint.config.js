import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';
import borders from './eslint.borders.js';

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
          'plugins/*/src/page/tsconfig.json',
          'hosts/desktop/src/{preload,ui}/tsconfig.json',
          'bench/{,page/}tsconfig.json',
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    plugins: { borders },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-definitions': 'off',
      // The interface and the token of a contract share one name.
      '@typescript-eslint/no-redeclare': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'borders/imports': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
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
