// `npm start`: sets up what is missing and opens the desktop app.
import { runNode } from './lib/run.js';
import { setUp } from './lib/set-up.js';

if (!(await setUp())) {
  console.error('Roomkey could not be built: the compiler says why above.');
  process.exit(1);
}
process.exitCode = await runNode(
  ['hosts/cli/bin/roomkey.js', 'desktop', ...process.argv.slice(2)],
  { knowsRepeats: true },
);
