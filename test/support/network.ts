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
