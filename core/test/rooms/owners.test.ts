import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MemoryBackend } from '@roomkey/core/conformance';
import { fingerprint } from '../../src/people/fingerprint.js';
import { People } from '../../src/people/people.js';
import type { RoomEntry } from '../../src/rooms/room-entry.js';
import { toHex } from '../../src/secure/bytes.js';
import { deferred } from '../../src/util/deferred.js';
import { ada, bob, TestMachine, settle, storeRooms, startWatch } from './test-machine.js';
import { Host, identityOf } from './setup.js';

/** A peer that Ada has met. */
const grace = { name: 'Grace', identity: identityOf('grace').publicKey };
/** An impostor with the same name. */
const posing = { name: 'GRACE', identity: identityOf('mallory') };

let configFolder: string;
let machine: TestMachine;

beforeEach(async () => {
  configFolder = await mkdtemp(join(tmpdir(), 'roomkey-owners-'));
  machine = new TestMachine(new MemoryBackend(), { configFolder });
  await machine.live.start();
  await machine.people.of(ada.identity.publicKey).remember(grace);
});
afterEach(() => rm(configFolder, { recursive: true, force: true }));

const known = (rooms: Iterable<RoomEntry>): unknown[] =>
  [...rooms].map(({ name, owner }) => [name, owner.name, owner.known]);

/** A room is announced by Grace, by an impostor, and by a stranger. */
function announce(): { readonly real: string; readonly posed: string } {
  const real = new Host('grace', { hostName: 'Grace', roomName: 'Lab' });
  const posed = new Host('mallory', { hostName: 'Grace', roomName: 'Lab' });
  machine.discovery.hear(posed.beacon(), '192.0.2.66');
  machine.discovery.hear(new Host('cy', { roomName: 'Den' }).beacon(), '192.0.2.9');
  machine.discovery.hear(real.beacon(), '192.0.2.7');
  const ids = machine.live.list().map(({ id, parameters }) => [toHex(parameters.host), id]);
  const idOf = (host: Host): string =>
    ids.find(([owner]) => owner === toHex(host.identity.publicKey))![1]!;
  return { real: idOf(real), posed: idOf(posed) };
}

/** So many rooms of the same name are announced by unknown owners. */
function strangers(count: number): void {
  for (let n = 0; n < count; n += 1) {
    const beacon = new Host(`cy ${String(n)}`, { roomName: 'Lab' }).beacon();
    machine.discovery.hear(beacon, `192.0.2.${String(100 + n)}`);
  }
}

describe('the owner of a room', () => {
  test('is known, new or another than before, and that one’s room is last', async () => {
    announce();
    await machine.rooms.create(ada, 'Attic', { password: false });
    expect(known(await machine.rooms.list({ account: ada }))).toEqual([
      ['Attic', 'Ada', 'same'],
      ['Den', 'cy', 'new'],
      ['Lab', 'Grace', 'same'],
      ['Lab', 'Grace', 'changed'],
    ]);
  });

  test('is that also where the room is only stored', async () => {
    await storeRooms(machine, 1, posing);
    await storeRooms(machine, 1, bob);
    expect(known(await machine.rooms.list({ account: ada }))).toEqual([
      ['Room 0', 'Bob', 'new'],
      ['Room 0', 'GRACE', 'changed'],
    ]);
  });

  test('is undefined without a sign-in, and new to a different account', async () => {
    announce();
    const of = async (account?: typeof ada) =>
      (await machine.rooms.list({ account })).map(({ owner }) => owner.known);
    expect(await of()).toEqual([undefined, undefined, undefined]);
    expect(await of(bob)).toEqual(['new', 'new', 'new']);
  });

  test('is not new where what is kept of the name is damaged, which is warned of once', async () => {
    announce();
    const folder = join(configFolder, 'people', toHex(ada.identity.publicKey));
    const [file = ''] = await readdir(folder);
    await writeFile(join(folder, file), '{');
    for (let look = 0; look < 2; look += 1) {
      expect(known(await machine.rooms.list({ account: ada }))).toEqual([
        ['Lab', 'Grace', undefined],
        ['Den', 'cy', 'new'],
        ['Lab', 'Grace', undefined],
      ]);
    }
    expect(machine.logged('warn')).toEqual([expect.stringContaining(join(folder, file))]);
  });
});

describe('a new owner', () => {
  test('with a known identity, or a name that looks known, is described so', async () => {
    await storeRooms(machine, 1, { name: 'Gr\u0430ce', identity: identityOf('mallory') });
    await storeRooms(machine, 1, { name: 'Trent', identity: identityOf('grace') });
    await storeRooms(machine, 1, { name: '\u0410da', identity: identityOf('mallory') });
    const { seen, watch } = await startWatch(machine);
    const owners = Object.fromEntries([...seen.values()].map(({ owner }) => [owner.name, owner]));
    expect(owners['Gr\u0430ce']).toMatchObject({ known: 'new', looksLike: ['Grace'] });
    expect(owners['Trent']).toMatchObject({ known: 'new', alsoKnownAs: ['Grace'] });
    expect(owners['\u0410da']).toMatchObject({ known: 'new', looksLike: ['Ada'] });
    await machine.people.of(ada.identity.publicKey).forget('Grace');
    await vi.waitFor(() =>
      expect([...seen.values()].flatMap(({ owner }) => owner.looksLike ?? [])).toEqual(['Ada']),
    );
    await watch.stop();
  });
});

describe('a room that is looked for', () => {
  test('is that of the known owner, although an impostor announces one with the same names', async () => {
    const { real, posed } = announce();
    for (const name of ['Lab', 'lab']) {
      expect((await machine.rooms.find(name, { account: ada })).id).toBe(real);
    }
    expect((await machine.rooms.find(posed, { account: ada })).owner.known).toBe('changed');
    expect((await machine.rooms.find(posed.slice(0, 12), { account: ada })).id).toBe(posed);
  });

  test('is the one of who is known, also where the other one has exactly the letters', async () => {
    const real = new Host('grace', { hostName: 'Grace', roomName: 'Lab' });
    const posed = new Host('mallory', { hostName: 'Grace', roomName: 'lab' });
    for (const host of [posed, real]) machine.discovery.hear(host.beacon());
    expect((await machine.rooms.find('lab', { account: ada })).name).toBe('Lab');
  });

  test('is found if only an impostor’s has the name, with a question', async () => {
    const posed = new Host('mallory', { hostName: 'Grace', roomName: 'Lab' });
    machine.discovery.hear(posed.beacon());
    expect((await machine.rooms.find('lab', { account: ada })).owner.known).toBe('changed');
  });

  test('is the own room, although an impostor announces one with the own name', async () => {
    const { id } = await machine.rooms.create(ada, 'Lab', { password: false });
    machine.discovery.hear(new Host('mallory', { hostName: 'ADA', roomName: 'Lab' }).beacon());
    expect((await machine.rooms.find('Lab', { account: ada })).id).toBe(id);
  });

  test('is one’s own, then the one of who is known, whatever strangers announce', async () => {
    strangers(9);
    await expect(machine.rooms.find('lab', { account: ada })).rejects.toMatchObject({
      code: 'RK_ROOM_AMBIGUOUS',
    });
    const { real } = announce();
    expect((await machine.rooms.find('lab', { account: ada })).id).toBe(real);
    const { id } = await machine.rooms.create(ada, 'Lab', { password: false });
    expect((await machine.rooms.find('lab', { account: ada })).id).toBe(id);
  });

  test('of several says whose they are, those of who is known first', async () => {
    strangers(9);
    for (const name of ['Grace', 'GRACE']) {
      machine.discovery.hear(new Host('grace', { hostName: name, roomName: 'Lab' }).beacon());
    }
    const hers = `, ${fingerprint(grace.identity)}, known\\)`;
    await expect(machine.rooms.find('lab', { account: ada })).rejects.toMatchObject({
      code: 'RK_ROOM_AMBIGUOUS',
      message: expect.stringMatching(
        new RegExp(
          `several rooms: (\\w{8} \\(“Lab” of grace${hers}, ){2}(\\w{8} \\(“Lab” of cy \\d, [-\\w]{24}, new\\), ){6}…`,
          'i',
        ),
      ) as string,
    });
  });
});

describe('a watch', () => {
  const owners = (seen: ReadonlyMap<string, RoomEntry>): unknown[] =>
    [...seen.values()].map(({ owner }) => [owner.name, owner.known]);

  test('tells when an owner becomes known, and is forgotten', async () => {
    const cy = { name: 'cy', identity: identityOf('cy').publicKey };
    machine.discovery.hear(new Host('cy', { roomName: 'Den' }).beacon());
    const { watch, changes, seen } = await startWatch(machine);
    expect(owners(seen)).toEqual([['cy', 'new']]);
    const people = machine.people.of(ada.identity.publicKey);
    await people.remember(cy);
    await vi.waitFor(() => expect(owners(seen)).toEqual([['cy', 'same']]));
    await people.forget('cy');
    await vi.waitFor(() => expect(owners(seen)).toEqual([['cy', 'new']]));
    expect(changes.map(({ type }) => type)).toEqual(['found', 'changed', 'changed']);
    await watch.stop();
  });

  test('reads known peers once for all peers that it meets during a read', async () => {
    const { watch } = await startWatch(machine);
    const people = machine.people.of(ada.identity.publicKey);
    const looking = deferred<undefined>();
    const all = people.snapshot.bind(people);
    const look = vi.spyOn(people, 'snapshot').mockImplementation(async (onUnreadable) => {
      await looking.promise;
      return await all(onUnreadable);
    });
    for (let n = 0; n < 10; n += 1) {
      const name = `Stranger ${String(n)}`;
      await people.remember({ name, identity: identityOf(name).publicKey });
    }
    expect(look).toHaveBeenCalledTimes(1);
    looking.resolve(undefined);
    await settle();
    await vi.waitFor(() => expect(look).toHaveBeenCalledTimes(2));
    await watch.stop();
    expect(look).toHaveBeenCalledTimes(2);
  });

  test('tells within a minute of what another process changed', async () => {
    const posed = new Host('mallory', { hostName: 'Grace', roomName: 'Lab' });
    await storeRooms(machine, 1, { name: 'Grace', identity: posed.identity });
    const { watch, seen } = await startWatch(machine);
    expect(owners(seen)).toEqual([['Grace', 'changed']]);
    const others = new People({ configFolder }).of(ada.identity.publicKey);
    await others.forget('Grace');
    machine.clock.advance(60_000);
    await vi.waitFor(() => expect(owners(seen)).toEqual([['Grace', 'new']]));
    await watch.stop();
  });
});
