// `npm start`: sets up what is missing and opens the desktop app.
import { runNode } from './lib/run.js';
import { setUp } from './lib/set-up.js';

endWithNpm();
if (!(await setUp())) {
  console.error('Roomkey could not be built: the compiler says why above.');
  process.exit(1);
}
process.exitCode = await runNode(
  ['hosts/cli/bin/roomkey.js', 'desktop', ...process.argv.slice(2)],
  { knowsRepeats: true, keepsSecrets: true },
);

/**
 * Ends us when npm is gone: a signal that it gets alone it passes on to the shell by which it runs
 * us, and that one dies of it without a word to us.
 */
function endWithNpm() {
  if (process.env['npm_lifecycle_event'] !== 'start') return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 500).unref();
}
