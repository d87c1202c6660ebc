import { expect, test } from 'vitest';
import type { BeaconSource, Discovery, BeaconEvent } from '../../src/contracts/discovery.js';
import { combineDiscoveries } from '../../src/plugin/combined-discovery.js';
import { setupPlugins } from './support.js';

/** A source of these beacons, also for answers. */
function source(next: () => Uint8Array): BeaconSource {
  return { next, answer: next };
}

/** A discovery that records its calls. */
function recording(name: string, lines: string[], failing = false): Discovery {
  const start = (verb: string) => {
    if (failing) throw new Error(`${name} is broken`);
    lines.push(`${name} ${verb}`);
    return {
      update: () => void lines.push(`${name} update`),
      query: (challenge: Uint8Array) => void lines.push(`${name} query ${challenge[0] ?? 0}`),
      stop: async () => {
        lines.push(`${name} stop`);
        if (name === 'bad') throw new Error('cannot stop');
      },
    };
  };
  return {
    announce: async (made) => start(`announces ${made.next(false)[0] ?? 0}`),
    discover: async (onBeacon) => {
      const search = start('browses');
      onBeacon({ beacon: new Uint8Array([1]), host: name });
      return search;
    },
  };
}

test('a combined discovery announces and searches on all members, each with its own beacons', async () => {
  const { logger } = await setupPlugins();
  const lines: string[] = [];
  const members = ['a', 'b'].map((name) => ({ name, discovery: recording(name, lines) }));
  const combined = combineDiscoveries(members, logger);
  let sequence = 0;
  const announcement = await combined.announce(source(() => new Uint8Array([++sequence])));
  announcement.update();
  await announcement.stop();
  expect(lines).toEqual([
    'a announces 1',
    'b announces 2',
    'a update',
    'b update',
    'a stop',
    'b stop',
  ]);

  lines.length = 0;
  const seen: BeaconEvent[] = [];
  const search = await combined.discover((event) => seen.push(event));
  search.query(new Uint8Array(16).fill(7));
  await search.stop();
  expect(seen.map(({ host }) => host)).toEqual(['a', 'b']);
  expect(lines).toEqual(['a browses', 'b browses', 'a query 7', 'b query 7', 'a stop', 'b stop']);
});

test('a member that fails to start or stop is logged and does not affect the others', async () => {
  const { logger, logged } = await setupPlugins();
  const lines: string[] = [];
  const combined = combineDiscoveries(
    [
      { name: 'dead', discovery: recording('dead', lines, true) },
      { name: 'bad', discovery: recording('bad', lines) },
      { name: 'good', discovery: recording('good', lines) },
    ],
    logger,
  );
  const search = await combined.discover(() => undefined);
  expect(logged).toMatchObject([{ level: 'warn', message: 'dead is left out: dead is broken' }]);
  await expect(search.stop()).rejects.toThrow('cannot stop');
  expect(lines).toEqual(['bad browses', 'good browses', 'bad stop', 'good stop']);
});

test('a combined discovery fails with RK_DISCOVERY_FAILED and every reason if all members fail', async () => {
  const { logger } = await setupPlugins();
  const members = ['a', 'b'].map((name) => ({ name, discovery: recording(name, [], true) }));
  await expect(
    combineDiscoveries(members, logger).announce(source(() => new Uint8Array())),
  ).rejects.toMatchObject({
    code: 'RK_DISCOVERY_FAILED',
    message: 'a: a is broken\n  b: b is broken',
  });
});

test('an abort stops the members that had started', async () => {
  const { logger } = await setupPlugins();
  const lines: string[] = [];
  const controller = new AbortController();
  const reason = new Error('enough');
  const late: Discovery = {
    announce: async () => {
      controller.abort(reason);
      throw reason;
    },
    discover: async () => {
      throw new Error('not asked');
    },
  };
  const members = [
    { name: 'a', discovery: recording('a', lines) },
    { name: 'late', discovery: late },
  ];
  const { signal } = controller;
  const combined = combineDiscoveries(members, logger);
  await expect(
    combined.announce(
      source(() => new Uint8Array()),
      { signal },
    ),
  ).rejects.toBe(reason);
  expect(lines).toEqual(['a announces 0', 'a stop']);
  await expect(
    combined.announce(
      source(() => new Uint8Array()),
      { signal },
    ),
  ).rejects.toBe(reason);
  expect(lines).toHaveLength(2);
});

test('allOf in the configuration combines plugins and skips unavailable ones', async () => {
  const world = await setupPlugins();
  const create = `return {
    announce: async () => { said('announces'); return { update() {}, stop: async () => {} }; },
    discover: async () => ({ query() {}, stop: async () => {} }),
  };`;
  await world.plugin({ name: 'a', provides: 'discovery', create });
  await world.plugin({ name: 'b', provides: 'discovery', create });
  await world.plugin({
    name: 'c',
    provides: 'discovery',
    probe: `throw Object.assign(new Error('no radio'), { name: 'RoomkeyError', code: 'RK_PLUGIN_UNAVAILABLE' });`,
  });
  const services = world.services({ discovery: { allOf: ['./a.mjs', './c.mjs', './b.mjs'] } });
  const discovery = (await services.start('discovery')) as Discovery;
  const announcement = await discovery.announce(source(() => new Uint8Array()));
  await announcement.stop();
  expect(world.lines).toEqual(['a announces', 'b announces']);
  expect(services.reports).toEqual([
    {
      service: 'discovery',
      name: 'a',
      file: world.fileOf('a'),
      skipped: [{ name: './c.mjs', file: world.fileOf('c'), reason: 'no radio', isExpected: true }],
    },
    { service: 'discovery', name: 'b', file: world.fileOf('b'), skipped: [] },
  ]);
});
