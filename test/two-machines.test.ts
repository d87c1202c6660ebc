import { expect, it, vi } from 'vitest';
import { twoMachines, type Machine } from './support/network.js';
import { describeWith } from './support/optional.js';
import { inPhase, isLive, Shell, type Running } from './support/shell.js';

vi.setConfig({ testTimeout: 120_000 });

const small = ['--camera', 'pattern', '--size', '320x180', '--fps', '15', '--json'] as const;

/** Grace hosts a room on one machine, and Ada joins it from the other. */
async function call(
  graces: Machine,
  adas: Machine,
  ...more: readonly string[]
): Promise<{ host: Running; guest: Running }> {
  const secrets = { ROOMKEY_PASSWORD: 'a good password', ROOMKEY_ROOM_PASSWORD: 'sesame' };
  const grace = await Shell.open(secrets, graces.prefix);
  const ada = await Shell.open(secrets, adas.prefix);
  await grace.json('account', 'create', 'Grace');
  await ada.json('account', 'create', 'Ada');
  await grace.json('room', 'create', 'Lab', '--password');
  const host = grace.start('join', 'Lab', ...small);
  await host.line(inPhase('waiting'));
  const guest = ada.start('join', 'Lab', ...small, ...more);
  return { host, guest };
}

describeWith('netns', 'two machines', () => {
  it('find each other again after the host’s address has changed', async () => {
    const [a, b] = await twoMachines();
    const { host, guest } = await call(a, b);
    await Promise.all([host.line(isLive), guest.line(isLive)]);
    expect(await guest.line(inPhase('connecting'))).toMatchObject({ host: '10.99.0.1' });
    const before = { host: host.lines.length, guest: guest.lines.length };

    await a.run('ip', 'address', 'del', '10.99.0.1/24', 'dev', 'lan');
    await a.run('ip', 'address', 'add', '10.99.0.7/24', 'broadcast', '+', 'dev', 'lan');

    expect(await guest.line(inPhase('searching'), before.guest)).toMatchObject({
      lastPartner: { name: 'Grace', kind: 'lost' },
    });
    await Promise.all([host.line(isLive, before.host), guest.line(isLive, before.guest)]);
    const dialed = guest.lines.slice(before.guest).filter(inPhase('connecting'));
    expect(dialed.at(-1)).toMatchObject({ host: '10.99.0.7' });
  });

  it('find each other again after the cable was unplugged', async () => {
    const [a, b] = await twoMachines();
    const { host, guest } = await call(a, b);
    await Promise.all([host.line(isLive), guest.line(isLive)]);
    const before = { host: host.lines.length, guest: guest.lines.length };
    await b.run('ip', 'link', 'set', 'lan', 'down');
    await Promise.all([
      host.line(inPhase('waiting'), before.host),
      guest.line(inPhase('searching'), before.guest),
    ]);
    const cut = { host: host.lines.length, guest: guest.lines.length };
    await b.run('ip', 'link', 'set', 'lan', 'up');
    await Promise.all([host.line(isLive, cut.host), guest.line(isLive, cut.guest)]);
  });
});

describeWith('nft', 'a firewall at the guest', () => {
  it('leaves one connection for everything, and both sides report it', async () => {
    const [a, b] = await twoMachines();
    const rules =
      'table inet t { chain c { type filter hook input priority 0; iifname "lan" tcp flags syn / syn,ack drop; }; }';
    await b.run('nft', rules);
    const { host, guest } = await call(a, b, '--frames', '10');
    expect(await host.line(isLive)).toMatchObject({ participants: [{ connections: 1 }] });
    expect(await guest.line(isLive)).toMatchObject({ participants: [{ connections: 1 }] });
    await guest.finished;
    host.signal('SIGINT');
    await host.finished;
    for (const { lines } of [host, guest]) {
      expect(lines.at(-1)).toMatchObject({ event: 'left' });
      expect(lines.at(-1)?.['received']).toBeGreaterThan(0);
    }
  });
});
