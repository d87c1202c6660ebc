#!/usr/bin/env node
import { existsSync } from 'node:fs';

if (existsSync(new URL('../dist/main.js', import.meta.url))) {
  await import('../dist/main.js');
} else {
  process.stderr.write('Roomkey is not built yet. Build it with: npm run build\n');
  process.exitCode = 1;
}
