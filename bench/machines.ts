/** Computers on a network of their own, as network namespaces of this one. */
import { execFile, execFileSync, fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { OnEnd } from './clean-up.js';

const execute = promisify(execFile);

/** Why there can be none on this computer; undefined if there can. */
export function missingMachines(): string | undefined {
  const name = `roomkey-check-${String(process.pid)}`;
  try {
    execFileSync('ip', ['netns', 'add', name], { stdio: 'ignore' });
  } catch {
    return 'network namespaces cannot be created; they need Linux, root and the ip command';
  }
  execFileSync('ip', ['netns', 'delete', name]);
  return undefined;
}

/** A virtual machine on the network: a network namespace. */
export class Machine {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  /** Creates a machine that has only a loopback interface. */
  static async create(onEnd: OnEnd): Promise<Machine> {
    const machine = new Machine(`roomkey-${randomBytes(4).toString('hex')}`);
    await execute('ip', ['netns', 'add', machine.name]);
    onEnd(() => execute('ip', ['netns', 'delete', machine.name]).then(() => undefined));
    await machine.run('ip', 'link', 'set', 'lo', 'up');
    return machine;
  }

  /** The prefix of a command that runs it on this machine. */
  get prefix(): readonly string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  async run(...command: readonly string[]): Promise<void> {
    const [first = '', ...rest] = [...this.prefix, ...command];
    await execute(first, rest);
  }
}

/** Forks a program that talks to this one, on a machine or on this computer itself. */
export function forkOn(
  machine: Machine | undefined,
  program: string,
  args: readonly string[],
  nodeArgs: readonly string[] = [],
): ChildProcess {
  const [execPath, ...execArgv] = [...(machine?.prefix ?? []), process.execPath];
  return fork(program, args, { execPath, execArgv: [...execArgv, ...nodeArgs] });
}

/** The addresses of `twoMachines`. */
export const ADDRESSES = ['10.99.0.1', '10.99.0.2'] as const;

/** Two machines on one cable, each with an interface `lan`. */
export async function twoMachines(onEnd: OnEnd): Promise<[Machine, Machine]> {
  const machines: [Machine, Machine] = [await Machine.create(onEnd), await Machine.create(onEnd)];
  const [a, b] = machines;
  await a.run('ip', 'link', 'add', 'lan', 'type', 'veth', 'peer', 'name', 'lan', 'netns', b.name);
  for (const [index, machine] of machines.entries()) {
    const address = `${ADDRESSES[index] ?? ''}/24`;
    await machine.run('ip', 'address', 'add', address, 'broadcast', '+', 'dev', 'lan');
    await machine.run('ip', 'link', 'set', 'lan', 'up');
  }
  return machines;
}
