// `npm run bench`: installs and builds what is missing, then runs the benchmarks on the build that
// users get.
import { runNode } from './lib/run.js';
import { setUp } from './lib/set-up.js';

const built =
  (await setUp()) && (await runNode(['node_modules/typescript/bin/tsc', '-b', 'bench'])) === 0;
if (!built) {
  console.error('The benchmarks could not be built. The compiler’s errors are above.');
  process.exit(1);
}
process.exitCode = await runNode(['bench/dist/index.js', ...process.argv.slice(2)]);
