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
  await Promise.all(written);
  process.exit();
}
