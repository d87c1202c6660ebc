import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { openMachine, type Machine } from '../../../../test/support/network.js';
import { describeWith } from '../../../../test/support/optional.js';

const LISTEN = pathToFileURL(join(import.meta.dirname, '../../dist/server/listen.js')).href;

/** Occupies ports, listens, and reports which addresses have which port. */
const program = (address: string, taken: readonly number[]): string => `
  import { once } from 'node:events';
  import { createServer } from 'node:net';
  import { listenOnLoopback } from '${LISTEN}';
  for (const port of ${JSON.stringify(taken)}) {
    await once(createServer().listen(port, '${address}'), 'listening');
  }
  const { servers } = await listenOnLoopback();
  console.log(JSON.stringify(servers.map((server) => server.address())));
  process.exit();`;

async function listenOn(machine: Machine, address: string, taken: readonly number[]) {
  const text = program(address, taken);
  const args = ['netns', 'exec', machine.name, process.execPath];
  const { stdout } = await promisify(execFile)('ip', [
    ...args,
    '--input-type=module',
    '--eval',
    text,
  ]);
  return (JSON.parse(stdout) as { address: string; port: number }[]).map(
    ({ address, port }) => `${address} ${port}`,
  );
}

describeWith('netns', 'listening on loopback', () => {
  /** A network namespace with eight ports to choose from. */
  async function smallMachine(): Promise<Machine> {
    const machine = await openMachine();
    await machine.run('sysctl', '-qw', 'net.ipv4.ip_local_port_range=40000 40007');
    return machine;
  }
  const seven = [40000, 40001, 40002, 40003, 40004, 40005, 40006];

  test.each(['::1', '127.0.0.1'])(
    'skips a port that another program holds only on %s',
    async (address) => {
      const listening = await listenOn(await smallMachine(), address, seven);
      expect(listening).toEqual(['127.0.0.1 40007', '::1 40007']);
    },
  );

  test('fails if another program holds all ports', async () => {
    const machine = await smallMachine();
    await expect(listenOn(machine, '::1', [...seven, 40007])).rejects.toThrow('EADDRINUSE');
  });

  test('works without IPv6', async () => {
    const machine = await smallMachine();
    await machine.run('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1');
    expect(await listenOn(machine, '127.0.0.1', seven)).toEqual(['127.0.0.1 40007']);
  });
});
