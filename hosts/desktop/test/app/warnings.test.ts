import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '@roomkey/core/host';
import { freeUdpPort } from '../../../../test/support/free-port.js';
import { createApp } from '../../src/app/index.js';
import type { AppEvent, FailureView } from '../../src/messages/index.js';
import { configSourceWarning, forwardWarnings } from '../../src/app/warnings.js';
import { MemoryPort } from '../support/memory-port.js';
import { TestPage } from '../support/test-page.js';
import { MemoryLogger } from './test-network.js';

const json = '@roomkey/storage-json';

/** A computer with a configuration in its working directory, with this store. */
async function machine(storage: unknown) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'roomkey-warned-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const discovery = {
    allOf: [{ use: '@roomkey/discovery-udp', config: { port: await freeUdpPort() } }],
  };
  const camera = '@roomkey/camera-pattern';
  const file = join(folder, 'roomkey.config.json');
  await writeFile(file, JSON.stringify({ version: 1, services: { storage, discovery, camera } }));
  const home = join(folder, 'home');
  return {
    file,
    /** Files in `ROOMKEY_HOME`. */
    home,
    /** Notices of the first page, and of a second one that takes over. */
    start: async () => {
      const environment = { ROOMKEY_HOME: home };
      const logger = new MemoryLogger();
      const config = await readConfig({ workingDirectory: folder, environment });
      const app = await createApp({ config, logger, version: '1' });
      onTestFinished(() => app.close());
      const notices: (readonly FailureView[])[] = [];
      for (let index = 0; index < 2; index += 1) {
        const { page, app: far } = MemoryPort.pair();
        app.connect(far);
        const opened = await new TestPage(page).state('active');
        // Answered after the snapshot.
        await opened.request('camera.devices', {});
        notices.push(opened.events.filter(isNotice).map(({ failure }) => failure));
      }
      return { notices, logger };
    },
  };
}

function isNotice(event: AppEvent): event is Extract<AppEvent, { event: 'notice' }> {
  return event.event === 'notice';
}

test('an unencrypted remote database is reported in the window, once', async () => {
  const mongo = { use: '@roomkey/storage-mongo', config: { uri: 'mongodb://database.invalid/rk' } };
  const { notices, logger } = await (await machine({ firstOf: [mongo, json] })).start();
  const [first, second] = notices;
  expect(first?.filter(({ code }) => code === 'RK_STORAGE_EXPOSED')).toEqual([
    {
      code: 'RK_STORAGE_EXPOSED',
      message: expect.stringMatching(
        /database\.invalid.*without encryption.*Add tls=true/,
      ) as string,
    },
  ]);
  expect(second).toEqual([]);
  // It is logged too.
  const said = logger.lines.filter(({ message }) => message.includes('without encryption'));
  expect(said).toMatchObject([{ level: 'warn' }]);
});

test('a configuration in the working directory is reported in the window', async () => {
  const { file, start } = await machine(json);
  const { notices } = await start();
  expect(notices).toEqual([
    [
      {
        code: 'RK_CONFIG_SOURCE',
        message: `The configuration of this folder is used: ${file}. If you did not expect this, start Roomkey in another folder.`,
      },
    ],
    [],
  ]);
});

test.skipIf(process.platform === 'win32')(
  'a secret that others can read is reported in the window',
  async () => {
    const { home, start } = await machine(json);
    const folder = join(home, 'config');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const key = join(folder, 'directory.key');
    await writeFile(key, 'ab'.repeat(32));
    await chmod(key, 0o644);
    const { notices } = await start();
    expect(notices[0]).toContainEqual({
      code: 'RK_FILE_EXPOSED',
      message: expect.stringMatching(/could read the directory key.*If you don’t trust/) as string,
    });
  },
);

test('warnings without a code stay in the terminal, and errors are details', () => {
  const warned: FailureView[] = [];
  const inner = new MemoryLogger();
  const logger = forwardWarnings(inner, (warning) => warned.push(warning));
  logger.warn('For the developer.');
  logger.warn('Of no code that there is.', { code: 'EPIPE' });
  logger.info('No warning.', { code: 'RK_STORAGE_IO' });
  logger.warn('It is full.', { code: 'RK_STORAGE_IO', error: new Error('ENOSPC: write') });
  expect(inner.lines).toHaveLength(4);
  expect(warned).toEqual([
    { code: 'RK_STORAGE_IO', message: 'It is full.', details: 'ENOSPC: write' },
  ]);
});

test('several sources give one warning, and none gives none', () => {
  expect(configSourceWarning([])).toBeUndefined();
  expect(configSourceWarning(['A: /a', 'B is used.'])?.message).toBe(
    'A: /a. B is used. If you did not expect this, start Roomkey in another folder.',
  );
});
