import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  configJsonSchema,
  defaultServices,
  normalizeChoice,
  parseConfig,
  readConfig,
  withService,
} from '../../src/config/index.js';
import { z } from 'zod';
import { encodings, strangeEncodings } from '../../../test/support/encodings.js';
import { put, temporaryFolder } from './support.js';

const FILE = 'roomkey.config.json';
const using = (storage: string) => ({ version: 1, services: { storage } });

describe('where the configuration comes from', () => {
  test('the named file, then the working directory, then the user’s folder, then the defaults', async () => {
    const folder = await temporaryFolder();
    const here = join(folder, 'here');
    const environment = { ROOMKEY_HOME: join(folder, 'home') };
    const options = { workingDirectory: here, environment };
    const storageOf = async (path?: string) => {
      const config = await readConfig({ ...options, ...(path === undefined ? {} : { path }) });
      return { file: config.file, use: config.services.storage.plugins[0]?.use };
    };

    const [first] = normalizeChoice(defaultServices.storage).plugins;
    expect(await storageOf()).toEqual({ file: undefined, use: first?.use });
    const user = await put(join(folder, 'home', 'config', FILE), using('user'));
    expect(await storageOf()).toEqual({ file: user, use: 'user' });
    const local = await put(join(here, FILE), using('local'));
    expect(await storageOf()).toEqual({ file: local, use: 'local' });
    const named = await put(join(here, 'etc', 'named.json'), using('named'));
    expect(await storageOf('etc/named.json')).toEqual({ file: named, use: 'named' });
  });

  test('a service that is left out has its default, and the base is the file’s folder', async () => {
    const folder = await temporaryFolder();
    await put(join(folder, FILE), using('mine'));
    const config = await readConfig({ workingDirectory: folder, environment: {} });
    expect(config.services.cipher).toEqual(normalizeChoice(defaultServices.cipher));
    expect(config.folders.base).toBe(folder);
  });

  test('a named file that is missing is RK_CONFIG_NOT_FOUND', async () => {
    const folder = await temporaryFolder();
    await put(join(folder, FILE), using('not asked for'));
    const reading = readConfig({ workingDirectory: folder, path: 'missing.json', environment: {} });
    await expect(reading).rejects.toMatchObject({
      code: 'RK_CONFIG_NOT_FOUND',
      message: expect.stringContaining(join(folder, 'missing.json')) as string,
    });
  });

  test('what is there and cannot be read is an error, no reason to go on', async () => {
    const folder = await temporaryFolder();
    await put(join(folder, FILE, 'a folder, not a file'), '');
    const reading = readConfig({ workingDirectory: folder, environment: {} });
    await expect(reading).rejects.toMatchObject({ code: 'RK_CONFIG_INVALID' });
  });

  test('.env beside the file gives way to the process’s variables', async () => {
    const folder = await temporaryFolder();
    await put(join(folder, 'etc', FILE), using('mine'));
    await put(join(folder, 'etc', '.env'), 'A=file\nB="file b"\n# C=no\n');
    const config = await readConfig({
      workingDirectory: folder,
      path: join('etc', FILE),
      environment: { A: 'process' },
    });
    expect(config.environment).toMatchObject({ A: 'process', B: 'file b' });
    expect(config.environment).not.toHaveProperty('C');
  });

  test('a variable of the process that is set to nothing gives way to .env', async () => {
    const folder = await temporaryFolder();
    await put(join(folder, '.env'), 'MONGO_URI=mongodb://x\n');
    const config = await readConfig({ workingDirectory: folder, environment: { MONGO_URI: '' } });
    expect(config.environment['MONGO_URI']).toBe('mongodb://x');
  });

  test.each(encodings)('the file and its .env are read in %s', async (_name, encode) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, FILE), encode(JSON.stringify(using('mine'), null, 2)));
    // The first variable is the one that a byte order mark would hide.
    await writeFile(join(folder, '.env'), encode('MONGO_URI=mongodb://ü\r\nB="two"\r\n'));
    const config = await readConfig({ workingDirectory: folder, environment: {} });
    expect(config.services.storage.plugins[0]?.use).toBe('mine');
    expect(config.environment).toMatchObject({ MONGO_URI: 'mongodb://ü', B: 'two' });
  });

  test.each(strangeEncodings)('neither is read in %s, and says so', async (_name, encode) => {
    for (const name of [FILE, '.env']) {
      const folder = await temporaryFolder();
      await writeFile(join(folder, name), encode('{"version":1}'));
      const reading = readConfig({ workingDirectory: folder, environment: {} });
      await expect(reading).rejects.toMatchObject({
        code: 'RK_CONFIG_INVALID',
        message: expect.stringContaining(
          `${join(folder, name)} cannot be read: it is not`,
        ) as string,
      });
    }
  });

  test('withService changes one service only', async () => {
    const folder = await temporaryFolder();
    const config = await readConfig({ workingDirectory: folder, environment: {} });
    const changed = withService(config, 'camera', { use: 'x', config: { a: 1 } });
    expect(changed.services.camera).toEqual({
      mode: 'firstOf',
      plugins: [{ use: 'x', config: { a: 1 } }],
    });
    expect(changed.services.storage).toEqual(config.services.storage);
  });
});

describe('what is wrong in it', () => {
  const messageOf = (content: unknown): string => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    try {
      parseConfig(text, 'f.json');
    } catch (error) {
      expect(error).toMatchObject({ code: 'RK_CONFIG_INVALID' });
      return (error as Error).message;
    }
    throw new Error('was accepted');
  };
  const ofServices = (services: unknown) => messageOf({ version: 1, services });

  test('bad JSON: line and column', () => {
    expect(messageOf('{\n  "version": 1,\n}')).toContain('f.json:3:1 ');
  });

  test.each([
    [{}, 'version: '],
    [{ version: 2 }, 'version: '],
    [[], 'f.json: Invalid input: expected object'],
    [{ version: 1, service: {} }, '"service" is not known here; did you mean "services"?'],
  ])('%j', (content, expected) => {
    expect(messageOf(content)).toContain(expected);
  });

  test.each([
    [{ storge: 'x' }, 'services: "storge" is not known here; did you mean "storage"?'],
    [{ storge: 'x' }, '(allowed: storage, camera, transport, discovery, cipher)'],
    [{ storage: 5 }, 'services.storage: must be a plugin’s name'],
    [{ storage: { us: 'x' } }, 'services.storage: "us" is not known here; did you mean "use"?'],
    [{ storage: { use: 5 } }, 'services.storage.use: Invalid input: expected string'],
    [{ storage: { use: 'x', confg: {} } }, 'did you mean "config"?'],
    [{ storage: { use: 'x', config: [] } }, 'services.storage.config: '],
    [{ storage: { firstof: [] } }, 'did you mean "firstOf"?'],
    [{ storage: { firstOf: [] } }, 'services.storage.firstOf: '],
    [{ storage: { firstOf: ['x', { use: 1 }] } }, 'services.storage.firstOf[1].use: '],
    [{ storage: { allOf: ['x'] } }, 'services.storage: "allOf" is not known here'],
    [{ discovery: { allof: ['x'] } }, 'did you mean "allOf"?'],
    [{ discovery: { allOf: ['x'], firstOf: ['x'] } }, 'services.discovery: '],
  ])('%j', (services, expected) => {
    const message = ofServices(services);
    expect(message).toContain(expected);
    expect(message).not.toContain('Invalid input\n');
  });

  test('what is allowed is accepted', () => {
    const services = {
      storage: { firstOf: ['a', { use: './b.js', config: { uri: { env: 'URI' } } }] },
      camera: { use: 'c' },
      transport: 'd',
      discovery: { allOf: ['e', 'f'] },
    };
    const config = { $schema: './roomkey.schema.json', version: 1, services };
    expect(parseConfig(JSON.stringify(config), 'f.json')).toEqual(config);
  });
});

describe('JSON Schema', () => {
  test('tells of services, and of a plugin’s own configuration with references for strings', () => {
    const plugin = z.strictObject({ uri: z.string(), port: z.number().default(1) });
    const schema = configJsonSchema([{ use: '@acme/store', configSchema: plugin }]);
    expect(schema).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      definitions: {
        configuredPlugin: {
          allOf: [
            {
              if: { properties: { use: { const: '@acme/store' } } },
              then: {
                properties: {
                  config: {
                    properties: {
                      uri: { anyOf: [{ type: 'string' }, { $ref: '#/definitions/environment' }] },
                      port: { type: 'number', default: 1 },
                    },
                    required: ['uri'],
                    additionalProperties: false,
                  },
                },
              },
            },
          ],
        },
      },
    });
    const text = JSON.stringify(schema);
    for (const part of text.matchAll(/"#\/definitions\/([^"]+)"/g)) {
      expect(schema['definitions']).toHaveProperty(part[1]!);
    }
  });

  test('a plugin whose schema cannot be told is left free', () => {
    const plugin = z.string().transform((text) => text.length);
    const untold = {
      '~standard': { version: 1 as const, vendor: 'x', validate: () => ({ value: 1 }) },
    };
    const strange = z.date();
    for (const configSchema of [untold, strange]) {
      expect(JSON.stringify(configJsonSchema([{ use: 'p', configSchema }]))).not.toContain('"p"');
    }
    expect(JSON.stringify(configJsonSchema([{ use: 'p', configSchema: plugin }]))).toContain('"p"');
  });
});
