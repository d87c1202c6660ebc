import { setTimeout as delay } from 'node:timers/promises';
import { ExitCode } from './exit-codes.js';
import { readVersion } from './version.js';

const args = process.argv.slice(2);

if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${readVersion()}\n`);
} else {
  const { run } = await import('./program.js');
  await run(args);
  // All of Roomkey is closed now. Handles that a plugin's library left open must not keep the
  // process alive; only pending output is still awaited.
  const written = [process.stdout, process.stderr].map(
    (stream) => new Promise<void>((resolve) => stream.write('', () => resolve())),
  );
  // After an interruption a reader that does not read must not block the exit.
  const limit = process.exitCode === ExitCode.interrupted ? [delay(500)] : [];
  await Promise.race([Promise.all(written), ...limit]);
  process.exit();
}
