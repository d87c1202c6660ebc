// `npm start`: sets up what is missing and starts Roomkey.
import { runNode } from './lib/run.js';
import { setUp } from './lib/set-up.js';

if (!(await setUp())) {
  console.error('Roomkey could not be built: the compiler says why above.');
  process.exit(1);
}
process.exitCode = await runNode(['hosts/cli/bin/roomkey.js', 'demo', ...process.argv.slice(2)]);
