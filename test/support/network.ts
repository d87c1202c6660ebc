import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const execute = promisify(execFile);

/** A machine of its own: a network namespace. */
export class Machine {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** Makes a machine that has a loopback interface only; it goes with the test. */
  static async create(): Promise<Machine> {
    const machine = new Machine(`roomkey-${randomBytes(4).toString('hex')}`);
    await execute('ip', ['netns', 'add', machine.name]);
    onTestFinished(() => execute('ip', ['netns', 'delete', machine.name]).then(() => undefined));
    await machine.run('ip', 'link', 'set', 'lo', 'up');
    return machine;
  }

  /** What to write before a command to have it run there. */
  get prefix(): readonly string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  async run(...command: readonly string[]): Promise<void> {
    const [first = '', ...rest] = [...this.prefix, ...command];
    await execute(first, rest);
  }
}

/** Two machines on one cable, 10.99.0.1 and 10.99.0.2, each with an interface `lan`. */
export async function twoMachines(): Promise<[Machine, Machine]> {
  const [a, b] = [await Machine.create(), await Machine.create()];
  await a.run('ip', 'link', 'add', 'lan', 'type', 'veth', 'peer', 'name', 'lan', 'netns', b.name);
  for (const [machine, address] of [
    [a, '10.99.0.1/24'],
    [b, '10.99.0.2/24'],
  ] as const) {
    await machine.run('ip', 'address', 'add', address, 'broadcast', '+', 'dev', 'lan');
    await machine.run('ip', 'link', 'set', 'lan', 'up');
  }
  return [a, b];
}

/** Machines that see each other through a router only: no broadcast reaches from one to another. */
export interface RoutedMachines {
  readonly router: Machine;
  /** The router's address that every machine can reach. */
  readonly address: string;
  readonly machines: readonly Machine[];
}

/**
 * So many machines, at most 250, each in a subnet of its own: 10.98.1.2, 10.98.2.2, …
 *
 * @param equip gives a machine, counted from 1, what it has before its own interface `lan`
 */
export async function routedMachines(
  count: number,
  equip: (machine: Machine, n: number) => Promise<void> = () => Promise.resolve(),
): Promise<RoutedMachines> {
  const router = await Machine.create();
  await router.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  const address = '10.98.0.1';
  await router.run('ip', 'address', 'add', `${address}/32`, 'dev', 'lo');
  const machines: Machine[] = [];
  for (let n = 1; n <= count; n += 1) {
    const machine = await Machine.create();
    await equip(machine, n);
    const [near, far] = [`10.98.${n}.1`, `10.98.${n}.2`];
    const pair = ['link', 'add', `lan${n}`, 'type', 'veth', 'peer', 'name', 'lan'];
    await router.run('ip', ...pair, 'netns', machine.name);
    await router.run('ip', 'address', 'add', `${near}/24`, 'broadcast', '+', 'dev', `lan${n}`);
    await router.run('ip', 'link', 'set', `lan${n}`, 'up');
    await machine.run('ip', 'address', 'add', `${far}/24`, 'broadcast', '+', 'dev', 'lan');
    await machine.run('ip', 'link', 'set', 'lan', 'up');
    await machine.run('ip', 'route', 'add', 'default', 'via', near);
    machines.push(machine);
  }
  return { router, address, machines };
}

/** Gives a machine so many bridges, at most 200, as Docker does: 172.17.0.1, 172.18.0.1, … */
export async function addBridges(machine: Machine, count: number): Promise<void> {
  await machine.run('sh', '-ec', script(count, 'ip link add net$n type bridge', ...UP));
}

/** The same as cards, each with a router behind it. */
export async function addCards(machine: Machine, count: number): Promise<void> {
  const add = 'ip link add net$n type veth peer name end$n; ip link set end$n up';
  const route = 'ip route add 192.168.$n.0/24 via 172.$((17 + n)).0.2';
  await machine.run('sh', '-ec', script(count, add, ...UP, route));
}

const UP = ['ip link set net$n up', 'ip addr add 172.$((17 + n)).0.1/16 dev net$n'];

/** A shell's loop, since a process for each command takes long. */
function script(count: number, ...commands: readonly string[]): string {
  return `n=0; while [ $n -lt ${count} ]; do ${commands.join('; ')}; n=$((n + 1)); done`;
}
