import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type Plugin } from 'vite';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { startServer, type DesktopServer, type ServerOptions } from '../../src/server/index.js';

/** What is built. */
export interface BuiltPageOptions {
  /** The folder of its `index.html`; default: the UI's. */
  readonly root?: string;
  /** Changes the page's workers, where no test reaches. */
  readonly workerPlugin?: Plugin;
}

/**
 * Builds a page as the UI is built, once for all tests of the suite in whose body it is called.
 *
 * @returns gives the folder of what was built, in tests and hooks
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

/** Serves a page as the app does, until the test is over. */
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
