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

// cspell:ignore confg firstof storge

const FILE = 'roomkey.config.json';
const using = (storage: string) => ({ version: 1, services: { storage } });

describe('the source of the configuration', () => {
  test('is the named file, then the working directory, then the user’s folder, then the defaults', async () => {
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

  test('gives an omitted service its default, and its folder is the base', async () => {
    const folder = await temporaryFolder();
    await put(join(folder, FILE), using('mine'));
    const config = await readConfig({ workingDirectory: folder, environment: {} });
    expect(config.services.cipher).toEqual(normalizeChoice(defaultServices.cipher));
    expect(config.folders.base).toBe(folder);
  });

  test('is RK_CONFIG_NOT_FOUND if a named file is missing', async () => {
    const folder = await temporaryFolder();
    await put(join(folder, FILE), using('not asked for'));
    const reading = readConfig({ workingDirectory: folder, path: 'missing.json', environment: {} });
    await expect(reading).rejects.toMatchObject({
      code: 'RK_CONFIG_NOT_FOUND',
      message: expect.stringContaining(join(folder, 'missing.json')) as string,
    });
  });

  test('is an error if a file exists and cannot be read, with no fallback', async () => {
    const folder = await temporaryFolder();
    await put(join(folder, FILE, 'a folder, not a file'), '');
    const reading = readConfig({ workingDirectory: folder, environment: {} });
    await expect(reading).rejects.toMatchObject({ code: 'RK_CONFIG_INVALID' });
  });

  test('includes the .env beside it, which the process’s variables override', async () => {
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

  test('includes the .env, which an empty variable of the process does not override', async () => {
    const folder = await temporaryFolder();
    await put(join(folder, '.env'), 'MONGO_URI=mongodb://x\n');
    const config = await readConfig({ workingDirectory: folder, environment: { MONGO_URI: '' } });
    expect(config.environment['MONGO_URI']).toBe('mongodb://x');
  });

  test.each(encodings)('may be encoded in %s, like its .env', async (_name, encode) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, FILE), encode(JSON.stringify(using('mine'), null, 2)));
    // A byte order mark would hide the first variable.
    await writeFile(join(folder, '.env'), encode('MONGO_URI=mongodb://ü\r\nB="two"\r\n'));
    const config = await readConfig({ workingDirectory: folder, environment: {} });
    expect(config.services.storage.plugins[0]?.use).toBe('mine');
    expect(config.environment).toMatchObject({ MONGO_URI: 'mongodb://ü', B: 'two' });
  });

  test.each(strangeEncodings)(
    'must not be encoded in %s, and the error says so',
    async (_name, encode) => {
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
    },
  );

  test('is overridden by withService for one service only', async () => {
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

describe('parseConfig', () => {
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

  test('reports a JSON syntax error with line and column', () => {
    expect(messageOf('{\n  "version": 1,\n}')).toContain('f.json:3:1 ');
  });

  test.each([
    [{}, 'version: '],
    [{ version: 2 }, 'version: '],
    [[], 'f.json: must be an object'],
    [{ version: 1, service: {} }, '"service" is unknown here; did you mean "services"?'],
  ])('rejects %j', (content, expected) => {
    expect(messageOf(content)).toContain(expected);
  });

  test.each([
    [{ storge: 'x' }, 'services: "storge" is unknown here; did you mean "storage"?'],
    [{ storge: 'x' }, '(allowed: storage, camera, audio, transport, discovery, cipher)'],
    [{ storage: 5 }, 'services.storage: must be a plugin’s name'],
    [{ storage: { us: 'x' } }, 'services.storage: "us" is unknown here; did you mean "use"?'],
    [{ storage: { use: 5 } }, 'services.storage.use: must be a string'],
    [{ storage: { use: 'x', confg: {} } }, 'did you mean "config"?'],
    [{ storage: { use: 'x', config: [] } }, 'services.storage.config: '],
    [{ storage: { firstof: [] } }, 'did you mean "firstOf"?'],
    [{ storage: { firstOf: [] } }, 'services.storage.firstOf: must have at least 1 entry'],
    [{ storage: { firstOf: ['x', { use: 1 }] } }, 'services.storage.firstOf[1].use: '],
    [{ storage: { allOf: ['x'] } }, 'services.storage: "allOf" is unknown here'],
    [{ discovery: { allof: ['x'] } }, 'did you mean "allOf"?'],
    [{ discovery: { allOf: ['x'], firstOf: ['x'] } }, 'services.discovery: '],
  ])('rejects the services %j', (services, expected) => {
    const message = ofServices(services);
    expect(message).toContain(expected);
    expect(message).not.toContain('none of the forms');
  });

  test('accepts every kind of choice', () => {
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

describe('the JSON Schema', () => {
  test('describes services, and a plugin’s configuration with references in place of strings', () => {
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

  test('leaves the configuration open for a plugin without a JSON Schema', () => {
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
