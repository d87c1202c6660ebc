import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PageModules } from '../../src/contracts/page.js';
import { STEP_LIMIT_MS } from '../../src/plugin/run-step.js';
import { put } from '../config/support.js';
import { foreignError, pluginSource, setupPlugins, type Made } from './support.js';

let world: Awaited<ReturnType<typeof setupPlugins>>;
beforeEach(async () => {
  world = await setupPlugins();
});

const never = 'await new Promise(() => {});';
const unavailable = foreignError('RK_PLUGIN_UNAVAILABLE', 'no such thing here');

describe('loading', () => {
  test('gives a plugin its validated configuration and runs its steps in order', async () => {
    await world.plugin({
      name: 'a',
      top: `said('loaded');`,
      validate: `said('validated ' + JSON.stringify(value)); value = { ...value, more: 1 };`,
      probe: `said('probed ' + config.more);`,
      create: `said('created ' + config.more);`,
    });
    const services = world.services({ storage: { use: './a.mjs', config: { uri: 'x' } } });
    expect(await services.start('storage')).toMatchObject({ made: 'a' });
    expect(world.lines).toEqual([
      'a loaded',
      'a validated {"uri":"x"}',
      'a probed 1',
      'a created 1',
    ]);
    expect(services.reports).toEqual([
      { service: 'storage', name: 'a', file: world.fileOf('a'), skipped: [] },
    ]);
  });

  test('loads only the requested plugins', async () => {
    await world.plugin({ name: 'a', top: `said('loaded');` });
    await world.plugin({ name: 'b', top: `said('loaded');` });
    await world.plugin({ name: 'c', provides: 'cipher', top: `said('loaded');` });
    const services = world.services({
      storage: { firstOf: ['./a.mjs', './b.mjs'] },
      cipher: './c.mjs',
    });
    await services.start('storage');
    await services.start('storage');
    expect(world.lines).toEqual(['a loaded']);
  });

  const whole = pluginSource({ name: 'a' });
  test.each([
    ['no default export', 'export const plugin = 1;'],
    ['no brand', whole.replace("[Symbol.for('roomkey.plugin')]: true,", '')],
    ['a brand that is not true', whole.replace(']: true,', ']: 1,')],
    ['no name', whole.replace("name: 'a',", '')],
    ['no token', whole.replace('kind:', 'sort:')],
    ['no schema', whole.replace("'~standard':", "'~other':")],
    ['no create', whole.replace('create:', 'created:')],
  ])('fails with RK_PLUGIN_INVALID for %s', async (_what, source) => {
    await put(join(world.folder, 'bad.mjs'), source);
    await expect(world.services({ storage: './bad.mjs' }).start('storage')).rejects.toMatchObject({
      code: 'RK_PLUGIN_INVALID',
      plugin: './bad.mjs',
    });
  });

  test('fails with RK_PLUGIN_INVALID for a plugin of a different kind', async () => {
    await world.plugin({ name: 'a', provides: 'camera' });
    await expect(world.services({ storage: './a.mjs' }).start('storage')).rejects.toMatchObject({
      code: 'RK_PLUGIN_INVALID',
      message: expect.stringContaining('"camera"') as string,
    });
  });

  test.each([
    ['1.0', true],
    ['1.1', 'Update Roomkey'],
    ['2.0', 'Update Roomkey'],
    ['0.9', 'Update the plugin'],
    ['1', 'Update the plugin'],
  ])('checks a plugin for API %s: %s', async (apiVersion, good) => {
    await world.plugin({ name: 'a', apiVersion });
    const starting = world.services({ storage: './a.mjs' }).start('storage');
    if (good === true) await expect(starting).resolves.toBeDefined();
    else {
      await expect(starting).rejects.toMatchObject({
        code: 'RK_PLUGIN_API',
        message: expect.stringContaining(good as string) as string,
      });
    }
  });

  test('fails with RK_PLUGIN_FAILED and the cause for code that throws on load', async () => {
    await world.plugin({ name: 'a', top: `throw new RangeError('broken');` });
    await expect(world.services({ storage: './a.mjs' }).start('storage')).rejects.toMatchObject({
      code: 'RK_PLUGIN_FAILED',
      plugin: './a.mjs',
      cause: expect.any(RangeError) as unknown,
    });
  });

  test('reports a plugin with a missing module as broken, not as unlisted', async () => {
    await put(join(world.folder, 'a.mjs'), `import './missing.mjs';`);
    await expect(world.services({ storage: './a.mjs' }).start('storage')).rejects.toMatchObject({
      code: 'RK_PLUGIN_FAILED',
    });
  });
});

describe('the configuration of a plugin', () => {
  test('is reported as RK_CONFIG_INVALID with plugin and path if it is invalid', async () => {
    const issue = `{ message: 'too low', path: ['ports', { key: 0 }] }`;
    await world.plugin({ name: 'a', validate: `return { issues: [${issue}] };` });
    await expect(world.services({ storage: './a.mjs' }).start('storage')).rejects.toMatchObject({
      code: 'RK_CONFIG_INVALID',
      plugin: 'a',
      message: 'The configuration of a is invalid: ports[0]: too low',
    });
  });

  test('is validated after its references are resolved', async () => {
    await world.plugin({ name: 'a' });
    const storage = { use: './a.mjs', config: { uri: { env: 'URI' } } };
    const services = world.services({ storage }, { environment: { URI: 'value' } });
    expect(await services.start('storage')).toMatchObject({ config: { uri: 'value' } });
  });

  test('with a missing variable is an error for the only choice, and skipped by firstOf', async () => {
    await world.plugin({ name: 'a' });
    await world.plugin({ name: 'b' });
    const a = { use: './a.mjs', config: { uri: { env: 'URI' } } };
    await expect(world.services({ storage: a }).start('storage')).rejects.toMatchObject({
      code: 'RK_CONFIG_ENV_MISSING',
      plugin: './a.mjs',
      message: expect.stringContaining('URI') as string,
    });
    const services = world.services({ storage: { firstOf: [a, './b.mjs'] } });
    expect(await services.start('storage')).toMatchObject({ made: 'b' });
    expect(services.reports).toEqual([
      {
        service: 'storage',
        name: 'b',
        file: world.fileOf('b'),
        skipped: [
          {
            name: './a.mjs',
            file: world.fileOf('a'),
            reason: 'URI is not set.',
            isExpected: false,
          },
        ],
      },
    ]);
    // Someone who has not set it does not want to read about it at every command.
    expect(world.logged.map(({ level }) => level)).not.toContain('warn');
  });
});

describe('firstOf', () => {
  test.each(['probe', 'create'])(
    'skips a plugin whose %s says unavailable, and reports it',
    async (step) => {
      await world.plugin({
        name: 'a',
        [step]: `context.defer(() => said('undone')); ${unavailable}`,
      });
      await world.plugin({ name: 'b' });
      const services = world.services({ storage: { firstOf: ['./a.mjs', './b.mjs'] } });
      expect(await services.start('storage')).toMatchObject({ made: 'b' });
      expect(services.reports[0]?.skipped).toEqual([
        {
          name: './a.mjs',
          file: world.fileOf('a'),
          reason: 'no such thing here',
          isExpected: true,
        },
      ]);
      expect(world.lines).toEqual(['a undone']);
      const messages = world.logged.map(({ level, message }) => `${level} ${message}`);
      expect(messages).toContain(
        'warn ./a.mjs cannot be used for storage, b is: no such thing here',
      );
      expect(messages).toContain('info storage: b');
    },
  );

  test.each([
    ['a bug', { probe: `throw new TypeError('bug');` }, 'RK_PLUGIN_FAILED'],
    ['bad settings', { validate: `return { issues: [{ message: 'bad' }] };` }, 'RK_CONFIG_INVALID'],
    ['another API', { apiVersion: '9.0' }, 'RK_PLUGIN_API'],
    ['another error', { create: foreignError('RK_STORAGE_IO', 'disk') }, 'RK_STORAGE_IO'],
  ])('does not skip a plugin after %s', async (_what, options, code) => {
    await world.plugin({ name: 'a', ...options });
    await world.plugin({ name: 'b', top: `said('loaded');` });
    const services = world.services({ storage: { firstOf: ['./a.mjs', './b.mjs'] } });
    await expect(services.start('storage')).rejects.toMatchObject({ code });
    expect(world.lines).toEqual([]);
  });

  test('does not skip a plugin that is not installed', async () => {
    await world.plugin({ name: 'b' });
    const services = world.services({ storage: { firstOf: ['./typo.mjs', './b.mjs'] } });
    await expect(services.start('storage')).rejects.toMatchObject({ code: 'RK_PLUGIN_NOT_FOUND' });
  });

  test('gives the reason for each plugin if none can be used', async () => {
    await world.plugin({ name: 'a', probe: unavailable });
    await world.plugin({ name: 'b', probe: unavailable });
    const services = world.services({ storage: { firstOf: ['./a.mjs', './b.mjs'] } });
    await expect(services.start('storage')).rejects.toMatchObject({
      code: 'RK_PLUGIN_UNAVAILABLE',
      message:
        'None of the plugins for services.storage can be used here:\n  ./a.mjs: no such thing here\n  ./b.mjs: no such thing here',
    });
  });
});

describe('time limits', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  /** Waits for the plugin's message, then lets the time run out. */
  const timeOutAfter = async (line: string) => {
    await vi.waitUntil(() => world.lines.includes(line));
    vi.advanceTimersByTime(STEP_LIMIT_MS - 1);
    vi.advanceTimersByTime(1);
  };

  test.each([
    ['load', { top: `said('waits'); ${never}` }, './a.mjs'],
    ['validate', { validate: `said('waits'); return new Promise(() => {});` }, 'a'],
    ['probe', { probe: `said('waits'); ${never}` }, 'a'],
    ['create', { create: `said('waits'); ${never}` }, 'a'],
  ])('%s', async (step, options, plugin) => {
    await world.plugin({ name: 'a', ...options });
    await world.plugin({ name: 'b' });
    const services = world.services({ storage: { firstOf: ['./a.mjs', './b.mjs'] } });
    const starting = expect(services.start('storage')).rejects.toMatchObject({
      code: 'RK_PLUGIN_TIMEOUT',
      plugin,
      message: expect.stringContaining(`${plugin} did not ${step} within 10 s`) as string,
    });
    await timeOutAfter('a waits');
    await starting;
  });

  test('abort the plugin’s signal, and a clean-up deferred too late runs at once', async () => {
    await world.plugin({
      name: 'a',
      create: `
        said('waits');
        await new Promise((resolve) => globalThis['test goes on'] = resolve);
        said('aborted ' + context.signal.reason.code);
        context.defer(() => { said('undone'); });
      `,
    });
    const services = world.services({ storage: './a.mjs' });
    const starting = expect(services.start('storage')).rejects.toMatchObject({
      code: 'RK_PLUGIN_TIMEOUT',
    });
    await timeOutAfter('a waits');
    await starting;
    (Reflect.get(globalThis, 'test goes on') as () => void)();
    await vi.waitUntil(() => world.lines.length === 3);
    expect(world.lines.slice(1)).toEqual(['a aborted RK_PLUGIN_TIMEOUT', 'a undone']);
  });

  test('end a stop that hangs', async () => {
    await world.plugin({
      name: 'a',
      create: `
        context.defer(() => { said('undone'); });
        context.defer(() => { said('waits'); return new Promise(() => {}); });
      `,
    });
    const services = world.services({ storage: './a.mjs' });
    await services.start('storage');
    const stopping = services.stop();
    await timeOutAfter('a waits');
    expect(await stopping).toMatchObject([{ code: 'RK_PLUGIN_TIMEOUT', plugin: 'a' }]);
    expect(world.lines).toEqual(['a waits', 'a undone']);
  });
});

describe('an abort', () => {
  test('by the host’s signal ends the start with its reason', async () => {
    const controller = new AbortController();
    await world.plugin({
      name: 'a',
      create: `context.defer(() => said('undone')); said('waits'); ${never}`,
    });
    const services = world.services({ storage: './a.mjs' }, { signal: controller.signal });
    const reason = new Error('enough');
    const starting = expect(services.start('storage')).rejects.toBe(reason);
    await vi.waitUntil(() => world.lines.includes('a waits'));
    controller.abort(reason);
    await starting;
    expect(world.lines).toEqual(['a waits', 'a undone']);
    await expect(services.start('storage')).rejects.toBe(reason);
  });
});

describe('an error thrown by a plugin', () => {
  test('keeps the code of a second copy of core and gets the plugin’s name', async () => {
    await world.plugin({ name: 'a', create: foreignError('RK_STORAGE_IO', 'disk full') });
    await expect(world.services({ storage: './a.mjs' }).start('storage')).rejects.toMatchObject({
      code: 'RK_STORAGE_IO',
      message: 'disk full',
      plugin: 'a',
    });
  });

  test.each([
    [`throw new Error('bug');`, 'bug'],
    [`throw Object.assign(new Error('x'), { name: 'RoomkeyError', code: 'EACCES' });`, 'x'],
    [`throw 'text';`, 'text'],
    ['return null;', undefined],
  ])('%s', async (create, reason) => {
    await world.plugin({ name: 'a', create });
    await expect(world.services({ storage: './a.mjs' }).start('storage')).rejects.toMatchObject({
      code: reason === undefined ? 'RK_PLUGIN_INVALID' : 'RK_PLUGIN_FAILED',
      plugin: 'a',
      message: expect.stringContaining(reason ?? 'created nothing') as string,
    });
  });
});

describe('required services', () => {
  const chain = async () => {
    const tell = `said('created'); context.defer(() => { said('stopped'); });`;
    await world.plugin({ name: 's', provides: 'storage', create: tell });
    await world.plugin({ name: 't', provides: 'transport', requires: ['storage'], create: tell });
    await world.plugin({
      name: 'c',
      provides: 'camera',
      requires: ['transport', 'storage'],
      create: tell,
    });
    return world.services({ storage: './s.mjs', transport: './t.mjs', camera: './c.mjs' });
  };

  test('are created first and stopped last', async () => {
    const services = await chain();
    await services.start('camera');
    await services.start('storage');
    expect(world.lines).toEqual(['s created', 't created', 'c created']);
    world.lines.length = 0;
    expect(await services.stop()).toEqual([]);
    expect(await services.stop()).toEqual([]);
    expect(world.lines).toEqual(['c stopped', 't stopped', 's stopped']);
  });

  test('are the only ones that a plugin gets', async () => {
    const services = await chain();
    const camera = (await services.start('camera')) as Made;
    const transport = (await services.start('transport')) as Made;
    expect(camera.context.use({ kind: 'transport' })).toBe(transport);
    expect(() => transport.context.use({ kind: 'camera' })).toThrow(
      expect.objectContaining({ code: 'RK_PLUGIN_UNDECLARED', plugin: 't' }),
    );
  });

  test('that form a circle are an error that shows it', async () => {
    await world.plugin({ name: 's', provides: 'storage', requires: ['cipher'] });
    await world.plugin({ name: 'c', provides: 'cipher', requires: ['storage'] });
    const services = world.services({ storage: './s.mjs', cipher: './c.mjs' });
    await expect(services.start('storage')).rejects.toMatchObject({
      code: 'RK_PLUGIN_INVALID',
      message: expect.stringContaining('storage → cipher → storage') as string,
    });
  });

  test('that this program does not offer make the plugin unavailable', async () => {
    await world.plugin({ name: 'a', provides: 'camera', requires: ['page'] });
    await world.plugin({ name: 'b', provides: 'camera' });
    const services = world.services({ camera: { firstOf: ['./a.mjs', './b.mjs'] } });
    expect(await services.start('camera')).toMatchObject({ made: 'b' });
    expect(services.reports[0]?.skipped).toEqual([
      {
        name: './a.mjs',
        file: world.fileOf('a'),
        reason: expect.stringContaining('page') as string,
        isExpected: false,
      },
    ]);
    // Otherwise every command without a page would print it.
    expect(world.logged.map(({ level }) => level)).not.toContain('warn');
  });

  test('that this program offers are available', async () => {
    await world.plugin({ name: 'a', provides: 'camera', requires: ['page'] });
    const page: PageModules = { register: () => () => undefined };
    const services = world.services({ camera: './a.mjs' }, { page });
    const { context } = (await services.start('camera')) as Made;
    expect(context.use(PageModules)).toBe(page);
  });

  test('are all stopped despite failures, which are collected, and their signals abort', async () => {
    await world.plugin({
      name: 's',
      create: `
        context.defer(() => { said('first'); });
        context.defer(async () => { throw new Error('one'); });
        context.defer(() => { throw new Error('two'); });
      `,
    });
    const services = world.services({ storage: './s.mjs' });
    const { context } = (await services.start('storage')) as Made;
    expect(context.signal.aborted).toBe(false);
    expect(await services.stop()).toMatchObject([
      { code: 'RK_PLUGIN_FAILED', cause: { message: 'two' } },
      { code: 'RK_PLUGIN_FAILED', cause: { message: 'one' } },
    ]);
    expect(world.lines).toEqual(['s first']);
    expect(context.signal.aborted).toBe(true);
  });
});
