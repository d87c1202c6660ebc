import { setTimeout as delay } from 'node:timers/promises';
import { ExitCode } from './exit-codes.js';
import { readVersion } from './version.js';

const args = process.argv.slice(2);

if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${readVersion()}\n`);
} else {
  const { run } = await import('./program.js');
  await run(args);
  // Everything of ours is closed now. What a plugin's library has left open must not keep the
  // command from ending; only what is written is still waited for.
  const written = [process.stdout, process.stderr].map(
    (stream) => new Promise<void>((resolve) => stream.write('', () => resolve())),
  );
  // Not for a reader that does not read, once the person wishes to leave.
  const limit = process.exitCode === ExitCode.interrupted ? [delay(500)] : [];
  await Promise.race([Promise.all(written), ...limit]);
  process.exit();
}
