/** A program: the desktop app, whose server serves the benchmark's page in place of its own. */
import { readConfig, withService } from '@roomkey/core/host';
import type * as App from '../hosts/desktop/src/app/index.js';
import type * as Server from '../hosts/desktop/src/server/index.js';
import { logger } from './plugin.js';

const dist = new URL('../../hosts/desktop/dist/', import.meta.url);
const { createApp } = (await import(new URL('app/index.js', dist).href)) as typeof App;
const { startServer } = (await import(new URL('server/index.js', dist).href)) as typeof Server;

const [, , home = '', udpPort, folder = ''] = process.argv;
const read = await readConfig({ workingDirectory: home, environment: { ROOMKEY_HOME: home } });
const config = withService(
  withService(read, 'discovery', {
    allOf: [{ use: '@roomkey/discovery-udp', config: { port: Number(udpPort) } }],
  }),
  'camera',
  '@roomkey/camera-browser',
);
const app = await createApp({ config, logger, version: 'bench' });
const server = await startServer({
  folder,
  moduleFile: (path) => app.moduleFile(path),
  connect: (port) => app.connect(port),
  onExpired: () => logger.warn('The benchmark’s page opened too late'),
});
process.on('disconnect', () => {
  void app
    .close()
    .then(() => server.close())
    .then(() => process.exit());
});
process.send?.(await server.address());
