// `npm start`: installs and builds what is missing, then opens the desktop app.
import { runNode } from './lib/run.js';
import { setUp } from './lib/set-up.js';

endWithNpm();
if (!(await setUp())) {
  console.error('Roomkey could not be built. The compiler’s errors are above.');
  process.exit(1);
}
process.exitCode = await runNode(
  ['hosts/cli/bin/roomkey.js', 'desktop', ...process.argv.slice(2)],
  { knowsRepeats: true, keepsSecrets: true },
);

/**
 * Ends this process when npm is gone: npm passes a signal that it alone gets to the shell that runs
 * this process, and the shell dies without passing it on.
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
