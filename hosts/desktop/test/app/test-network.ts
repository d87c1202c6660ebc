import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { readConfig, withService, type LoadedConfig } from '@roomkey/core/host';
import { MemoryLogger } from '../../../../plugins/discovery-udp/test/udp-test-network.js';
import { freeUdpPort } from '../../../../test/support/free-port.js';
import { createApp, type DesktopApp } from '../../src/app/index.js';
import type { Hello } from '../../src/messages/index.js';
import { MemoryPort } from '../support/memory-port.js';
import { TestPage } from '../support/test-page.js';
import { audioOf, type TestAudio } from './memory-audio-plugin.js';

export { MemoryLogger };

const memoryAudio = fileURLToPath(new URL('./memory-audio-plugin.ts', import.meta.url));

export const PASSWORD = 'correct horse';

/** An app with in-memory pages. */
export class TestMachine {
  readonly app: DesktopApp;
  readonly config: LoadedConfig;
  readonly logger: MemoryLogger;

  constructor(app: DesktopApp, config: LoadedConfig, logger: MemoryLogger) {
    this.app = app;
    this.config = config;
    this.logger = logger;
  }

  /** Opens a page. */
  async page(codecs?: Hello['hello']['codecs']): Promise<TestPage & { readonly far: MemoryPort }> {
    const { page, app } = MemoryPort.pair();
    const opened = Object.assign(new TestPage(page, codecs), { far: app });
    this.app.connect(app);
    return await opened.state('active').then(() => opened);
  }
}

/** Creates computers on one network: separate folders, one port for all beacons. */
export async function createTestNetwork() {
  const port = await freeUdpPort();
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'roomkey-desktop-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const machine = async (
    name: string,
    camera: Parameters<typeof withService>[2] = '@roomkey/camera-pattern',
  ): Promise<TestMachine> => {
    const environment = { ROOMKEY_HOME: join(folder, name) };
    const read = await readConfig({ workingDirectory: folder, environment });
    const use = '@roomkey/discovery-udp';
    const nearby = withService(read, 'discovery', { allOf: [{ use, config: { port } }] });
    const seen = withService(nearby, 'camera', camera);
    const config = audioOf.has(name)
      ? withService(seen, 'audio', { use: memoryAudio, config: { name } })
      : seen;
    const logger = new MemoryLogger();
    const app = await createApp({ config, logger, version: '1.2.3' });
    onTestFinished(() => app.close());
    return new TestMachine(app, config, logger);
  };
  return { folder, machine };
}

/**
 * A computer, signed in by its own name, and its page.
 *
 * @param audio its sound; default: none
 */
export async function signedInMachine(
  world: Awaited<ReturnType<typeof createTestNetwork>>,
  name: string,
  audio?: TestAudio,
) {
  if (audio !== undefined) {
    audioOf.set(name, audio);
    onTestFinished(() => void audioOf.delete(name));
  }
  const machine = await world.machine(name);
  const page = await machine.page();
  await page.request('account.create', { name, password: PASSWORD });
  return { machine, page };
}
