import { MemoryBackend } from '@roomkey/core/conformance';
import { expect, onTestFinished, test } from 'vitest';
import type { PublishedEndpoint } from '../../src/rooms/endpoint-publication.js';
import { ada, TestMachine, settle, startWatch } from './test-machine.js';
import { Host } from './setup.js';

const DESK = { host: '192.0.2.1', port: 50_001 };
const LAPTOP = { host: '198.51.100.1', port: 50_002 };

/** A room that Ada has open at her desk and on her laptop, and a guest who hears neither of them. */
async function setup() {
  const disk = new MemoryBackend();
  const watcher = new TestMachine(disk);
  const { clock } = watcher;
  const [desk, laptop] = [new TestMachine(disk, { clock }), new TestMachine(disk, { clock })];
  const room = await desk.rooms.create(ada, 'Lab', { password: false });
  const { watch, changes, seen } = await startWatch(watcher);
  const open = async (machine: TestMachine, address: typeof DESK): Promise<PublishedEndpoint> => {
    const endpoint = await machine.rooms.publishEndpoint(ada, room, () => [address]);
    await settle();
    return endpoint;
  };
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settle();
  };
  const isLive = (): boolean | undefined => seen.get(room.id)?.live;
  const addresses = () => seen.get(room.id)?.addresses;
  /** How often the room was told of as not open. */
  const closed = (): number => changes.filter(({ room: { live } }) => !live).length - 1;
  onTestFinished(() => watch.stop());
  return { watcher, desk, laptop, room, open, pass, isLive, addresses, closed };
}

test('a room stays where it is open in two places and the one that was stored last ends', async () => {
  const { desk, laptop, open, addresses, closed } = await setup();
  const first = await open(desk, DESK);
  const last = await open(laptop, LAPTOP);
  expect(addresses()).toEqual([LAPTOP]);
  await last.stop();
  await settle();
  expect(addresses()).toEqual([DESK]);
  await first.stop();
  await settle();
  expect(addresses()).toEqual([]);
  expect(closed()).toBe(1);
});

test('a room stays where it is open in two places and the one that was stored first ends', async () => {
  const { desk, laptop, open, addresses, closed } = await setup();
  const first = await open(desk, DESK);
  const last = await open(laptop, LAPTOP);
  await first.stop();
  await settle();
  expect(addresses()).toEqual([LAPTOP]);
  await last.stop();
  await settle();
  // The desk was there when the laptop began, and is not any more.
  expect(addresses()).toEqual([]);
  expect(closed()).toBe(1);
});

test('a room stays whichever of two places ends after an hour, and is gone with the other', async () => {
  for (const leaver of [0, 1]) {
    const { desk, laptop, open, pass, isLive, addresses, closed } = await setup();
    const endpoints = [await open(desk, DESK), await open(laptop, LAPTOP)];
    for (let second = 0; second < 3_600; second += 7) await pass(7_000);
    await endpoints[leaver]?.stop();
    await settle();
    expect(addresses()).toEqual([leaver === 0 ? LAPTOP : DESK]);
    for (let second = 0; second < 120; second += 1) await pass(1_000);
    expect(isLive()).toBe(true);
    expect(closed()).toBe(0);
    await endpoints[1 - leaver]?.stop();
    await settle();
    expect(isLive()).toBe(false);
  }
});

test('a room is gone at once where both places end at once', async () => {
  const { desk, laptop, open, pass, isLive } = await setup();
  const endpoints = [await open(desk, DESK), await open(laptop, LAPTOP)];
  await pass(30_000);
  await Promise.all(endpoints.map((endpoint) => endpoint.stop()));
  await settle();
  expect(isLive()).toBe(false);
});

test('a place that ends while the other one writes leaves word of it', async () => {
  const { desk, laptop, open, isLive, addresses } = await setup();
  const first = await open(desk, DESK);
  const last = await open(laptop, LAPTOP);
  const { get } = desk.storage;
  desk.storage.get = async (...given) => {
    const document = await get(...given);
    desk.storage.get = get;
    await last.refresh();
    return document;
  };
  await first.stop();
  await settle();
  expect(addresses()).toEqual([LAPTOP]);
  await last.stop();
  await settle();
  expect(isLive()).toBe(false);
  expect(desk.logged('warn')).toEqual([]);
});

test('a room is gone a minute after one place vanished and the other ended', async () => {
  const { desk, laptop, open, pass, isLive, addresses } = await setup();
  await open(desk, DESK);
  const last = await open(laptop, LAPTOP);
  desk.storage.goAway();
  await last.stop();
  await settle();
  expect(addresses()).toEqual([DESK]);
  await pass(59_000);
  expect(isLive()).toBe(true);
  await pass(1_001);
  expect(isLive()).toBe(false);
});

test('a room that was deleted is not put back by the place that ends after it', async () => {
  const { watcher, desk, laptop, room, open } = await setup();
  await open(desk, DESK);
  const last = await open(laptop, LAPTOP);
  await laptop.rooms.remove(ada, room.id);
  await last.stop();
  expect(await watcher.storage.list('endpoints')).toEqual([]);
});

test('a replayed older record does not count as another place', async () => {
  const { watcher, desk, room } = await setup();
  const { storage } = watcher;
  let address = DESK;
  const endpoint = await desk.rooms.publishEndpoint(ada, room, () => [address]);
  const [old] = await storage.list('endpoints');
  address = LAPTOP;
  await endpoint.refresh();
  const [now] = await storage.list('endpoints');
  await storage.replace('endpoints', room.id, now!.revision, old!.value);
  await endpoint.refresh();
  await endpoint.stop();
  expect(await storage.list('endpoints')).toEqual([]);
});

test('a room stays where one place says farewell and another is stored', async () => {
  const { watcher, desk, room, open, isLive, addresses, closed } = await setup();
  await watcher.live.start();
  const laptop = new Host('ada', { room: room.parameters, roomName: 'Lab', hostName: 'Ada' });
  const endpoint = await open(desk, DESK);
  watcher.discovery.hear(laptop.beacon(), LAPTOP.host);
  await settle();
  expect(addresses()).toHaveLength(2);
  watcher.discovery.hear(laptop.beacon({ sequence: 1, farewell: true }), LAPTOP.host);
  await settle();
  expect(addresses()).toEqual([DESK]);
  await endpoint.stop();
  await settle();
  expect(isLive()).toBe(false);
  expect(closed()).toBe(1);
});

test('a room stays where one place is withdrawn and another is heard', async () => {
  const { watcher, desk, room, open, pass, isLive, addresses } = await setup();
  await watcher.live.start();
  const laptop = new Host('ada', { room: room.parameters, roomName: 'Lab', hostName: 'Ada' });
  const endpoint = await open(desk, DESK);
  watcher.discovery.hear(laptop.beacon(), LAPTOP.host);
  await endpoint.stop();
  await settle();
  expect(addresses()).toMatchObject([{ host: LAPTOP.host }]);
  await pass(7_000);
  expect(isLive()).toBe(false);
});
