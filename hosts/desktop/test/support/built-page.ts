import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type Plugin } from 'vite';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { startServer, type DesktopServer, type ServerOptions } from '../../src/server/index.js';

/** What to build. */
export interface BuiltPageOptions {
  /** Folder of its `index.html`; default: the UI's. */
  readonly root?: string;
  /** Modifies the page's workers, which tests cannot reach otherwise. */
  readonly workerPlugin?: Plugin;
}

/**
 * Builds a page like the UI, once for all tests of the current suite.
 *
 * @returns the output folder, in tests and hooks
 */
export function useBuiltPage({ root, workerPlugin }: BuiltPageOptions = {}): () => string {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'roomkey-page-'));
    await build({
      configFile: join(import.meta.dirname, '../../vite.config.ts'),
      logLevel: 'error',
      build: { outDir: folder },
      ...(root === undefined ? {} : { root }),
      ...(workerPlugin === undefined ? {} : { worker: { plugins: () => [workerPlugin] } }),
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return () => folder;
}

/** Serves a page like the app does, until the test ends. */
export async function servePage(
  folder: string,
  options: Partial<Pick<ServerOptions, 'connect' | 'moduleFile'>> = {},
): Promise<DesktopServer> {
  const server = await startServer({
    folder,
    moduleFile: () => undefined,
    connect: () => undefined,
    onExpired: () => undefined,
    ...options,
  });
  onTestFinished(() => server.close());
  return server;
}
