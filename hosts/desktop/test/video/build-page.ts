import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { onTestFinished } from 'vitest';
import { startServer, type DesktopServer } from '../../src/server/index.js';
import type { Port } from '../../src/messages/index.js';

/** What a page is served with. */
export interface PageOptions {
  /** The folder of its `index.html`. */
  readonly folder: string;
  readonly halfFile?: (path: string) => string | undefined;
  readonly connect?: (port: Port) => void;
}

/** Builds a page as the UI is built, and serves it as the app does, until the test is over. */
export async function servePage({
  folder,
  halfFile = () => undefined,
  connect = () => undefined,
}: PageOptions): Promise<DesktopServer> {
  const outDir = await mkdtemp(join(tmpdir(), 'roomkey-page-'));
  onTestFinished(() => rm(outDir, { recursive: true }));
  await build({
    configFile: join(import.meta.dirname, '../../vite.config.ts'),
    root: folder,
    logLevel: 'error',
    build: { outDir, emptyOutDir: true },
  });
  const server = await startServer({ folder: outDir, halfFile, connect });
  onTestFinished(() => server.close());
  return server;
}
