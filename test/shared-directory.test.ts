import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { MongoServer } from './support/mongo.js';
import { routedMachines, type Machine } from './support/network.js';
import { describeWith } from './support/optional.js';
import { isLive, Running, Shell, type Line } from './support/shell.js';

const MACHINES = 30;
/** The number of programs that start at once. */
const AT_ONCE = 4;

const LONE_HOST = join(import.meta.dirname, 'support/lone-host.js');

/** Starts a person on their own machine, who opens a room and waits. */
async function startHost(machine: Machine, environment: Record<string, string>): Promise<Running> {
  const home = await mkdtemp(join(tmpdir(), 'roomkey-host-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const [command = '', ...prefix] = machine.prefix;
  const child = spawn(command, [...prefix, process.execPath, LONE_HOST], {
    env: { ...process.env, ROOMKEY_HOME: home, ...environment },
    cwd: home,
  });
  const running = new Running(child, environment['NAME'] ?? '');
  onTestFinished(() => running.kill());
  return running;
}

const invited = (line: Line) => 'invite' in line;
const seesLive = (count: number) => (line: Line) => line['liveRooms'] === count;

describeWith('netns', 'thirty machines, each in its own subnet', () => {
  describeWith('mongod', 'with one database', () => {
    it('see each other’s rooms through it', { timeout: 300_000 }, async () => {
      const { router, address, machines } = await routedMachines(MACHINES + 1);
      const [stranger, adas, graces, ...others] = machines as [Machine, Machine, Machine];
      const server = await MongoServer.start({ address, prefix: router.prefix });
      const MONGO_URI = server.uri;

      // Grace's machine begins the directory; her invite adds the others to it.
      const secrets = { ROOMKEY_PASSWORD: 'a good password', MONGO_URI };
      const grace = await Shell.open(secrets, graces.prefix);
      const words = String((await grace.json('directory', 'invite'))['invite']);
      const hosts: Running[] = [];
      for (let start = 0; start < others.length; start += AT_ONCE) {
        const started = await Promise.all(
          others
            .slice(start, start + AT_ONCE)
            .map((machine, n) =>
              startHost(machine, { MONGO_URI, NAME: `Host ${start + n}`, INVITE: words }),
            ),
        );
        await Promise.all(started.map((host) => host.line(invited)));
        hosts.push(...started);
      }
      await grace.json('account', 'create', 'Grace');
      await grace.json('room', 'create', 'Lab');
      const small = ['--camera', 'pattern', '--size', '320x180', '--fps', '15', '--json'];
      const lab = grace.start('join', 'Lab', ...small, '--let-in', 'anyone');

      // Each sees all 29 rooms: those of 28 hosts and of Grace.
      await Promise.all(hosts.map((host) => host.line(seesLive(MACHINES - 1))));

      // Ada calls Grace at the address from the database.
      const ada = await Shell.open({ ...secrets, ROOMKEY_INVITE: words }, adas.prefix);
      await ada.json('directory', 'accept');
      await ada.json('account', 'create', 'Ada');
      const guest = ada.start('join', 'Lab', ...small, '--frames', '10');
      expect(await guest.line(isLive)).toMatchObject({ participants: [{ connections: 2 }] });
      expect((await guest.finished).code).toBe(0);
      const [first, second, third] = hosts as [Running, Running, Running];
      const all = first.lines.length;
      lab.signal('SIGINT');

      // Without the invite a person sees the rooms, but not their addresses.
      const eve = await Shell.open(secrets, stranger.prefix);
      const { rooms } = (await eve.json('room', 'list')) as { rooms: Line[] };
      expect(rooms).toHaveLength(MACHINES - 1);
      for (const room of rooms) expect(room).toMatchObject({ open: false, addresses: [] });

      // A host that leaves is gone at once; one that vanishes is gone when its endpoint expires.
      await first.line(seesLive(MACHINES - 2), all);
      const before = first.lines.length;
      await second.kill();
      await third.kill();
      await first.line(seesLive(MACHINES - 4), before);
    });
  });
});
