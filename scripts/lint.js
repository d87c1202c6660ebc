// `npm run lint`: ESLint, and the check of words even if ESLint fails.
import { runNode, wasStopped } from './lib/run.js';

const eslint = ['node_modules/eslint/bin/eslint.js', '--cache'];
for (const args of [
  [...eslint, '--cache-location', 'node_modules/.cache/eslint/', '.'],
  ['scripts/check-words.js'],
]) {
  const code = await runNode(args);
  if (code !== 0) process.exitCode = code;
  if (wasStopped(code)) break;
}
