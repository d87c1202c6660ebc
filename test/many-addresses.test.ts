import { expect, it, vi } from 'vitest';
import { MongoServer } from './support/mongo.js';
import { addBridges, addCards, routedMachines, type Machine } from './support/network.js';
import { describeWith } from './support/optional.js';
import { inPhase, isLive, Shell, type Running } from './support/shell.js';

vi.setConfig({ testTimeout: 120_000 });

const small = ['--camera', 'pattern', '--size', '320x180', '--fps', '15', '--json'] as const;

/**
 * Grace hosts a room on a machine with more interfaces than `lan`, and Ada finds it in the database,
 * because no broadcast reaches her.
 */
async function call(
  equip: (host: Machine) => Promise<void>,
  { password = 'sesame', hasDefaultRoute = true } = {},
): Promise<Running> {
  const { router, address, machines } = await routedMachines(2, (machine, n) =>
    n === 1 ? equip(machine) : Promise.resolve(),
  );
  const [graces, adas] = machines as [Machine, Machine];
  // Packets to there are dropped, as by a router without a route.
  await router.run('ip', 'route', 'add', 'blackhole', '172.16.0.0/12');
  if (!hasDefaultRoute) {
    await graces.run('ip', 'route', 'del', 'default');
    await graces.run('ip', 'route', 'add', '10.98.0.0/16', 'via', '10.98.1.1');
  }
  const server = await MongoServer.start({ address, prefix: router.prefix });
  const secrets = { ROOMKEY_PASSWORD: 'a good password', MONGO_URI: server.uri };
  const grace = await Shell.open({ ...secrets, ROOMKEY_ROOM_PASSWORD: 'sesame' }, graces.prefix);
  const words = String((await grace.json('directory', 'invite'))['invite']);
  const invited = { ...secrets, ROOMKEY_INVITE: words, ROOMKEY_ROOM_PASSWORD: password };
  const ada = await Shell.open(invited, adas.prefix);
  await ada.json('directory', 'accept');
  await grace.json('account', 'create', 'Grace');
  await ada.json('account', 'create', 'Ada');
  await grace.json('room', 'create', 'Lab', '--password');
  await grace.start('join', 'Lab', ...small).line(inPhase('waiting'));
  return ada.start('join', 'Lab', ...small);
}

const hostsOf = (guest: Running): unknown[] =>
  guest.lines.filter(inPhase('connecting')).map(({ host }) => host);

describeWith('netns', 'a host with only one reachable address', () => {
  describeWith('mongod', 'in a database', () => {
    it('is reached despite 18 bridges', async () => {
      const guest = await call((host) => addBridges(host, 18));
      await guest.line(isLive);
      expect(hostsOf(guest)).toEqual(['10.98.1.2']);
    });

    it('is reached despite 15 cards that seem as likely', async () => {
      const guest = await call((host) => addCards(host, 15), { hasDefaultRoute: false });
      await guest.line(isLive);
      expect(hostsOf(guest)).toEqual(['10.98.1.2']);
    });

    it('reports a wrong password despite 15 such cards', async () => {
      const options = { hasDefaultRoute: false, password: 'sesam' };
      const guest = await call((host) => addCards(host, 15), options);
      const { code, stderr } = await guest.finished;
      expect(code).not.toBe(0);
      expect(stderr).toContain('Check the password');
      expect(hostsOf(guest)).toEqual(['10.98.1.2']);
    });
  });
});
