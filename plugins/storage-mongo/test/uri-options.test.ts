import { describe, expect, it } from 'vitest';
import { TestDatabase } from '../../../test/support/mongo.js';
import { describeWith } from '../../../test/support/optional.js';
import { FaultyProxy } from './faulty-proxy.js';
import { create, warnings } from './support.js';

/** A string and `true` in BSON, with their lengths and terminators. */
const MAJORITY = '\u0002w\0\u0009\0\0\0majority\0';
const JOURNALED = '\u0008j\0\u0001';

describeWith('mongo', 'an option that weakens a guarantee', () => {
  const database = new TestDatabase();

  it.each([
    'journal=false',
    'j=false',
    'JOURNAL=false',
    '%6aournal=false',
    'w=0',
    'w=1&wtimeoutMS=1',
    'readPreference=secondary&maxStalenessSeconds=120',
    'readConcernLevel=available',
    'promoteValues=false',
    'raw=true',
    'timeoutMS=1',
    'socketTimeoutMS=1&maxPoolSize=1',
  ])('%s has no effect, and a warning says so', async (options) => {
    const { port } = new URL(database.uri.replace('mongodb:', 'http:'));
    const proxy = await FaultyProxy.start(Number(port));
    const requests: string[] = [];
    void proxy.cutAnswer((request) => {
      requests.push(request.toString('latin1'));
      return false;
    });
    const { logger, said, codes } = warnings();
    const uri = `${proxy.uri}?appName=mine&${options}&directConnection=true`;
    const storage = await create({ uri, database: database.name }, logger);
    const document = await storage.insert('rooms', `lab${options.length}`, { n: 1 });
    const written = await storage.replace('rooms', document.id, document.revision, { n: 2 });

    expect(await storage.get('rooms', document.id)).toEqual(written);
    const writes = requests.filter((request) => /\u0002(insert|update)\0/.test(request));
    expect(writes).not.toEqual([]);
    for (const write of writes) {
      expect(write).toContain(MAJORITY);
      expect(write).toContain(JOURNALED);
    }
    expect(requests.join()).toContain('mine');
    expect(said).toEqual([expect.stringContaining('Roomkey itself sets')]);
    expect(codes).toEqual(['RK_CONFIG_IGNORED']);
    for (const option of options.split('&')) {
      const [[name = ''] = []] = new URLSearchParams(option);
      expect(said[0]?.toLowerCase()).toContain(name.toLowerCase());
    }
  });

  it('is overridden, and other options are not', async () => {
    const { logger, said } = warnings();
    const uri = `${database.uri}?appName=mine&retryWrites=false&directConnection=true`;
    await create({ uri, database: database.name }, logger);
    expect(said).toEqual([]);
  });
});

describe('a connection that others can eavesdrop on', () => {
  /** The warnings of a start; the server never exists. */
  async function warningsOf(uri: string): Promise<string[]> {
    const { logger, said, codes } = warnings();
    await create({ uri }, logger).catch(() => undefined);
    expect(codes).toEqual(said.map(() => 'RK_STORAGE_EXPOSED'));
    return said;
  }

  it.each(['mongodb://unknown.invalid', 'mongodb://127.0.0.1:1,unknown.invalid/?replicaSet=x'])(
    'causes a warning: %s',
    async (uri) => {
      expect(await warningsOf(uri)).toEqual([expect.stringContaining('without encryption')]);
    },
  );

  it.each([
    'mongodb://127.0.0.1:1',
    'mongodb://[::1]:1',
    'mongodb://localhost:1',
    'mongodb://%2Ftmp%2Fnone.sock',
    'mongodb://unknown.invalid/?tls=true',
    'mongodb://unknown.invalid/?ssl=true',
    'mongodb://unknown.invalid/?TLS=false',
  ])('is not what this is: %s', async (uri) => {
    expect(await warningsOf(uri)).toEqual([]);
  });

  it.each(['tlsInsecure', 'tlsAllowInvalidCertificates', 'tlsAllowInvalidHostnames'])(
    'also causes one with %s',
    async (option) => {
      const uri = 'mongodb://unknown.invalid/?tls=true';
      expect(await warningsOf(`${uri}&${option}=true`)).toEqual([expect.stringContaining(option)]);
      expect(await warningsOf(`${uri}&${option}=false`)).toEqual([]);
    },
  );
});
