import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { MongoServer } from './support/mongo.js';
import { describeWith } from './support/optional.js';
import { inPhase, isLive, Shell, type Line, type Running } from './support/shell.js';

vi.setConfig({ testTimeout: 180_000 });

const small = ['--camera', 'pattern', '--size', '320x180', '--fps', '15', '--json'] as const;
const secrets = { ROOMKEY_PASSWORD: 'a good password', ROOMKEY_ROOM_PASSWORD: 'sesame' };

const isStorage =
  (available: boolean) =>
  (line: Line): boolean =>
    line['event'] === 'storage' && line['available'] === available;
const isStatistics = (line: Line): boolean => line['event'] === 'statistics';

/** The number of frames received so far, from the next line of figures. */
async function framesOf(call: Running): Promise<number> {
  const before = call.lines.length;
  return Number((await call.line(isStatistics, before))['received']);
}

describeWith('mongod', 'a database that goes away', () => {
  it('does not end a call, is reported, and is used again when it is back', async () => {
    const server = await MongoServer.start();
    // No one else on this computer has a room of this name.
    const room = `Lab ${crypto.randomUUID().slice(0, 8)}`;
    const environment = { ...secrets, MONGO_URI: server.uri };
    const [grace, ada] = [await Shell.open(environment), await Shell.open(environment)];
    await grace.json('account', 'create', 'Grace');
    await ada.json('account', 'create', 'Ada');
    await grace.json('room', 'create', room, '--password');
    await ada
      .with({ ROOMKEY_INVITE: String((await grace.json('directory', 'invite'))['invite']) })
      .json('directory', 'accept');

    const host = grace.start('join', room, ...small, '--let-in', 'anyone', '--stats');
    await host.line(inPhase('waiting'));
    const guest = ada.start('join', room, ...small, '--stats');
    await Promise.all([host.line(isLive), guest.line(isLive)]);

    await server.stop();
    const reports = await Promise.all([host, guest].map((call) => call.line(isStorage(false))));
    for (const line of reports) expect(line).toMatchObject({ code: 'RK_STORAGE_IO' });
    for (const call of [host, guest]) {
      const before = await framesOf(call);
      expect(await framesOf(call)).toBeGreaterThan(before);
    }
    // Leaving needs no store.
    const [alone, away] = [host.lines.length, guest.lines.length];
    guest.signal('SIGINT');
    await guest.finished;
    expect(guest.lines.slice(away).filter(isLive)).toEqual([]);
    await host.line(inPhase('waiting'), alone);

    const before = host.lines.length;
    await server.restart();
    await host.line(isStorage(true), before);
    // The database has the endpoint again: a computer without beacons finds the room there.
    const shown = async () => (await ada.json('room', 'show', room)) as { open: boolean };
    await vi.waitUntil(async () => (await shown()).open, { timeout: 60_000, interval: 1_000 });
    const again = ada.start('join', room, ...small, '--frames', '10');
    expect((await again.finished).code).toBe(0);
    host.signal('SIGINT');
    expect((await host.finished).code).toBe(130);
    expect(await shown()).toMatchObject({ open: false });
  });

  it('is replaced by JSON files at the start, with a warning', async () => {
    const server = await MongoServer.start();
    const shell = await Shell.open({ ...secrets, MONGO_URI: server.uri });
    await shell.json('account', 'create', 'Grace');
    await server.stop();

    const fallen = await shell.run('account', 'whoami');
    expect(fallen.stderr).toContain('@roomkey/storage-json');
    expect(fallen.stderr).toMatch(/^warning: @roomkey\/storage-mongo cannot be used/m);
    expect(fallen.code).toBe(4);
    const checked = await shell.run('plugins', 'check');
    expect(checked.stdout.toString()).toMatch(
      /storage +@roomkey\/storage-json .*\n +not @roomkey\/storage-mongo/,
    );

    await server.restart();
    expect(await shell.json('account', 'whoami')).toMatchObject({ name: 'Grace' });
  });

  it('gets a copy of the JSON files, and copies it back', async () => {
    const server = await MongoServer.start();
    const shell = await Shell.open(secrets);
    const withMongo = shell.with({ MONGO_URI: server.uri });
    await shell.json('account', 'create', 'Grace');
    await shell.json('room', 'create', 'Lab');
    for (const copied of [1, 0]) {
      expect(
        await withMongo.json('storage', 'copy', '--from', 'json', '--to', 'mongo'),
      ).toMatchObject({
        collections: [{ copied }, { copied }],
      });
    }
    expect(await withMongo.json('account', 'whoami')).toMatchObject({ name: 'Grace' });
    await withMongo.json('room', 'create', 'Attic');
    await rm(join(shell.home, 'data'), { recursive: true });
    await withMongo.json('storage', 'copy', '--from', 'mongo', '--to', 'json');
    expect(await shell.json('account', 'login', 'Grace')).toMatchObject({ name: 'Grace' });
    const { rooms } = (await shell.json('room', 'list')) as { rooms: Line[] };
    expect(rooms.map(({ name }) => name).sort()).toEqual(['Attic', 'Lab']);
  });
});
