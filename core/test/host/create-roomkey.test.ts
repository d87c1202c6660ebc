import { expect, test } from 'vitest';
import { Camera, createRoomkey } from '../../src/host/index.js';
import { createRoomParameters } from '../../src/secure/room-parameters.js';
import { setupPlugins } from '../plugin/support.js';
import { newIdentity } from '../secure/peers.js';

const tell = `said('created'); context.defer(() => { said('stopped'); });`;

async function setup() {
  const here = await setupPlugins();
  await here.plugin({ name: 's', provides: 'storage', create: tell });
  await here.plugin({ name: 'c', provides: 'camera', create: tell });
  return here;
}

test('createRoomkey starts and gives only the requested services, and closes once', async () => {
  const { folder, lines, logger, config } = await setup();
  const roomkey = await createRoomkey({
    config: config({ storage: './s.mjs', camera: './c.mjs' }),
    hostFolder: folder,
    services: ['storage'],
    logger,
  });
  expect(roomkey.plugins).toMatchObject([{ service: 'storage', name: 's' }]);
  expect(roomkey.storage.state).toEqual({ available: true });
  expect(() => roomkey.service(Camera)).toThrow('camera');
  await Promise.all([roomkey.close(), roomkey.close()]);
  await roomkey.close();
  expect(lines).toEqual(['s created', 's stopped']);
});

test('close leaves the calls before it stops their services', async () => {
  const { folder, lines, logger, plugin, config } = await setup();
  await plugin({ name: 't', provides: 'transport', create: tell });
  await plugin({ name: 'a', provides: 'cipher', create: tell });
  await plugin({ name: 'm', provides: 'audio', create: tell });
  const discover = `discover: async () => ({ query() {}, async stop() {} })`;
  await plugin({ name: 'd', provides: 'discovery', create: `${tell} return { ${discover} };` });
  const roomkey = await createRoomkey({
    config: config({
      storage: './s.mjs',
      camera: './c.mjs',
      audio: './m.mjs',
      transport: './t.mjs',
      discovery: './d.mjs',
      cipher: './a.mjs',
    }),
    hostFolder: folder,
    logger,
  });
  const [identity, owner] = [newIdentity(), newIdentity()];
  const room = {
    id: '00',
    name: 'lab',
    owner: { name: 'Grace', identity: owner.publicKey },
    parameters: createRoomParameters(owner.publicKey, 0),
  };
  const call = await roomkey.calls.open({ name: 'Ada', identity }, room);
  const stoppedBefore: unknown[] = [];
  call.on('state', ({ phase }) => stoppedBefore.push([phase, lines.includes('t stopped')]));
  await roomkey.close();
  expect(stoppedBefore).toEqual([['ended', false]]);
});

test('the storage monitor reports what accounts and rooms experience', async () => {
  const { folder, logger, plugin, config } = await setup();
  const get = `async get() { throw Object.assign(new Error('It is away.'), { code: 'RK_STORAGE_IO' }); }`;
  await plugin({ name: 's', provides: 'storage', create: `return { ${get} };` });
  for (const use of ['accounts', 'rooms'] as const) {
    const roomkey = await createRoomkey({
      config: config({ storage: './s.mjs' }),
      hostFolder: folder,
      services: ['storage'],
      logger,
    });
    const [{ accounts, rooms }, id] = [roomkey, '0'.repeat(32)];
    await expect(
      use === 'accounts' ? accounts.unlock('Ada', 'a password') : rooms.find(id),
    ).rejects.toMatchObject({ code: 'RK_STORAGE_IO' });
    // No one listens, so the periodic check does not run.
    await new Promise((resolve) => setImmediate(resolve));
    expect(roomkey.storage.state).toMatchObject({
      available: false,
      error: { message: 'It is away.' },
    });
    await roomkey.close();
  }
});

test('a failed start stops the started services', async () => {
  const { folder, lines, logger, plugin, config } = await setup();
  await plugin({ name: 'bad', provides: 'camera', create: `throw new Error('bug');` });
  const starting = createRoomkey({
    config: config({ storage: './s.mjs', camera: './bad.mjs' }),
    hostFolder: folder,
    services: ['storage', 'camera'],
    logger,
  });
  await expect(starting).rejects.toMatchObject({ code: 'RK_PLUGIN_FAILED', plugin: 'bad' });
  expect(lines).toEqual(['s created', 's stopped']);
});

test('close stops all services despite failures and reports all failures', async () => {
  const { folder, lines, logger, plugin, config } = await setup();
  const fail = `context.defer(() => { said('stopped'); throw new Error('bug'); });`;
  await plugin({ name: 's', provides: 'storage', create: fail });
  const options = { config: config({ storage: './s.mjs' }), hostFolder: folder, logger };
  const one = await createRoomkey({ ...options, services: ['storage'] });
  const first = one.close();
  // A second call to close waits for the same result.
  await expect(one.close()).rejects.toMatchObject({ code: 'RK_PLUGIN_FAILED', plugin: 's' });
  await expect(first).rejects.toMatchObject({ code: 'RK_PLUGIN_FAILED', plugin: 's' });

  lines.length = 0;
  await plugin({ name: 'c', provides: 'camera', create: fail }, 'c2.mjs');
  const two = await createRoomkey({
    ...options,
    config: config({ storage: './s.mjs', camera: './c2.mjs' }),
    services: ['storage', 'camera'],
  });
  const closing = two.close();
  await expect(closing).rejects.toMatchObject({
    code: 'RK_PLUGIN_FAILED',
    cause: { errors: [{ plugin: 'c' }, { plugin: 's' }] },
  });
  expect(lines).toEqual(['c stopped', 's stopped']);
});
