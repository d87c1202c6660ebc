import { onTestFinished } from 'vitest';
import { Machine, twoMachines as openTwoMachines } from '../../bench/machines.js';

export type { Machine };

/** Creates a machine that has only a loopback interface; it is removed with the test. */
export function openMachine(): Promise<Machine> {
  return Machine.create(onTestFinished);
}

/** Two machines on one cable, 10.99.0.1 and 10.99.0.2, each with an interface `lan`. */
export function twoMachines(): Promise<[Machine, Machine]> {
  return openTwoMachines(onTestFinished);
}

/** Machines that reach each other only through a router, which forwards no broadcasts. */
export interface RoutedMachines {
  readonly router: Machine;
  /** An address of the router that every machine can reach. */
  readonly address: string;
  readonly machines: readonly Machine[];
}

/**
 * Creates `count` machines, at most 250, each in its own subnet: 10.98.1.2, 10.98.2.2, …
 *
 * @param equip adds interfaces to a machine, counted from 1, before its interface `lan`
 */
export async function routedMachines(
  count: number,
  equip: (machine: Machine, n: number) => Promise<void> = () => Promise.resolve(),
): Promise<RoutedMachines> {
  const router = await openMachine();
  await router.run('sysctl', '-qw', 'net.ipv4.ip_forward=1');
  const address = '10.98.0.1';
  await router.run('ip', 'address', 'add', `${address}/32`, 'dev', 'lo');
  const machines: Machine[] = [];
  for (let n = 1; n <= count; n += 1) {
    const machine = await openMachine();
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

/** Adds bridges to a machine, at most 200, like those of Docker: 172.17.0.1, 172.18.0.1, … */
export async function addBridges(machine: Machine, count: number): Promise<void> {
  await machine.run('sh', '-ec', script(count, 'ip link add net$n type bridge', ...UP));
}

/** Adds network cards to a machine, with the same addresses and a router behind each. */
export async function addCards(machine: Machine, count: number): Promise<void> {
  const add = 'ip link add net$n type veth peer name end$n; ip link set end$n up';
  const route = 'ip route add 192.168.$n.0/24 via 172.$((17 + n)).0.2';
  await machine.run('sh', '-ec', script(count, add, ...UP, route));
}

const UP = ['ip link set net$n up', 'ip addr add 172.$((17 + n)).0.1/16 dev net$n'];

/** A loop of the shell, because a process for each command would take long. */
function script(count: number, ...commands: readonly string[]): string {
  return `n=0; while [ $n -lt ${count} ]; do ${commands.join('; ')}; n=$((n + 1)); done`;
}
