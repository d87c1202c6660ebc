import { execFileSync, spawn, type ChildProcessByStdio } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeWith } from '../../../test/support/optional.js';

const PEER = fileURLToPath(new URL('peer.js', import.meta.url));
const PORT = '37020';

interface Line {
  readonly heard?: string;
  readonly host?: string;
  readonly ready?: true;
  readonly code?: string;
}

let prefix: string;
const namespaces: string[] = [];
const peers: Peer[] = [];

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}

/** A machine whose only interface is a loopback that is down. */
function machine(name: string): string {
  const namespace = `${prefix}-${name}`;
  ip('netns', 'add', namespace);
  namespaces.push(namespace);
  return namespace;
}

/** A cable between two machines; the addresses are arguments of `ip address add`. */
function cable(a: string, addressA: string, b: string, addressB: string): void {
  const [endA, endB] = ['a', 'b'].map((end) => `${end}${randomBytes(4).toString('hex')}`);
  ip('link', 'add', endA!, 'netns', a, 'type', 'veth', 'peer', 'name', endB!, 'netns', b);
  for (const [namespace, end, address] of [
    [a, endA!, addressA],
    [b, endB!, addressB],
  ] as const) {
    const broadcast = /\/3[12]$/.test(address) ? [] : ['broadcast', '+'];
    ip('-n', namespace, 'address', 'add', ...address.split(' '), ...broadcast, 'dev', end);
    ip('-n', namespace, 'link', 'set', end, 'up');
  }
}

/** The names of a machine's interfaces except the loopback. */
function interfaces(namespace: string): string[] {
  const links = execFileSync('ip', ['-n', namespace, '-json', 'link', 'show']).toString();
  return (JSON.parse(links) as { ifname: string }[])
    .map(({ ifname }) => ifname)
    .filter((name) => name !== 'lo');
}

/** A process on a machine. */
class Peer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Line[] = [];
  #look = (): void => undefined;

  constructor(namespace: string, role: 'announce' | 'answer' | 'listen' | 'ask') {
    const args = ['netns', 'exec', namespace, process.execPath, PEER, role, PORT];
    this.#child = spawn('ip', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#lines.push(JSON.parse(line) as Line);
      this.#look();
    });
    peers.push(this);
  }

  /** The number of lines received. */
  get count(): number {
    return this.#lines.length;
  }

  /** Resolves with the first matching line after the first `after` ones, past or future. */
  until(fits: (line: Line) => boolean, after = 0): Promise<Line> {
    return new Promise((resolve) => {
      this.#look = () => {
        const line = this.#lines.slice(after).find(fits);
        if (line !== undefined) resolve(line);
      };
      this.#look();
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.stdin.end();
    await exit;
  }
}

describeWith('netns', 'in network namespaces', () => {
  beforeEach(() => {
    prefix = `rk-${randomBytes(3).toString('hex')}`;
  });
  afterEach(async () => {
    await Promise.all(peers.splice(0).map((peer) => peer.stop()));
    for (const namespace of namespaces.splice(0)) ip('netns', 'delete', namespace);
  });

  test('two machines on one network find each other, and receive the farewell', async () => {
    const [a, b] = [machine('a'), machine('b')];
    cable(a, '10.7.0.1/24', b, '10.7.0.2/24');
    const listener = new Peer(b, 'listen');
    await listener.until((line) => line.ready === true);
    const host = new Peer(a, 'announce');
    const { host: address } = await listener.until((line) => line.heard === 'RKB1 here');
    expect(address).toBe('10.7.0.1');
    await host.stop();
    await listener.until((line) => line.heard === 'RKB1 bye');
  });

  test('several processes find each other on a machine with only a loopback', async () => {
    const a = machine('a');
    ip('-n', a, 'link', 'set', 'lo', 'up');
    const listeners = [new Peer(a, 'listen'), new Peer(a, 'listen')];
    for (const listener of listeners) await listener.until((line) => line.ready === true);
    new Peer(a, 'announce');
    for (const listener of listeners) {
      const { host } = await listener.until((line) => line.heard === 'RKB1 here');
      expect(host).toBe('127.0.0.1');
    }
  });

  test.each([
    ['/29', '10.7.0.1/29', '10.7.0.2/29'],
    ['/30', '10.7.0.1/30', '10.7.0.2/30'],
    ['/31', '10.7.0.0/31', '10.7.0.1/31'],
    ['/32 and the other end for a peer', '10.7.0.1 peer 10.7.0.9/32', '10.7.0.9 peer 10.7.0.1/32'],
    ['/32 at the host’s end', '10.7.0.9 peer 10.7.0.1/32', '10.7.0.1/24'],
  ])('the ends of a cable with %s and no default route find each other', async (_what, at, to) => {
    const [a, b] = [machine('a'), machine('b')];
    cable(a, at, b, to);
    const listener = new Peer(b, 'listen');
    await listener.until((line) => line.ready === true);
    const host = new Peer(a, 'announce');
    const { host: address } = await listener.until((line) => line.heard === 'RKB1 here');
    expect(address).toBe(at.split(/[ /]/)[0]);
    await host.stop();
    await listener.until((line) => line.heard === 'RKB1 bye');
  });

  test('a query over a cable with /32 is answered', async () => {
    const [a, b] = [machine('a'), machine('b')];
    cable(a, '10.7.0.1 peer 10.7.0.9/32', b, '10.7.0.9 peer 10.7.0.1/32');
    // A loopback, since the cable may not be up when the host starts.
    ip('-n', a, 'link', 'set', 'lo', 'up');
    const listener = new Peer(b, 'ask');
    await listener.until((line) => line.ready === true);
    new Peer(a, 'answer');
    const { host: address } = await listener.until((line) => line.heard === 'RKB1 answer');
    expect(address).toBe('10.7.0.1');
  });

  test('announcements follow /32 addresses of a cable as they appear, disappear and reappear', async () => {
    const [a, b] = [machine('a'), machine('b')];
    ip('-n', a, 'link', 'set', 'lo', 'up');
    const host = new Peer(a, 'announce');
    await host.until((line) => line.ready === true);
    const listener = new Peer(b, 'listen');
    await listener.until((line) => line.ready === true);
    cable(a, '10.7.0.1 peer 10.7.0.9/32', b, '10.7.0.9 peer 10.7.0.1/32');
    await listener.until((line) => line.host === '10.7.0.1');
    const [end] = interfaces(a);
    ip('-n', a, 'address', 'flush', 'dev', end!);
    ip('-n', a, 'address', 'add', '10.7.0.2', 'peer', '10.7.0.9/32', 'dev', end!);
    ip('-n', b, 'route', 'add', '10.7.0.2/32', 'dev', interfaces(b)[0]!);
    await listener.until((line) => line.host === '10.7.0.2');
    const heard = listener.count;
    ip('-n', a, 'address', 'flush', 'dev', end!);
    ip('-n', a, 'address', 'add', '10.7.0.1', 'peer', '10.7.0.9/32', 'dev', end!);
    await listener.until((line) => line.host === '10.7.0.1', heard);
  });

  test('announcements reach an interface that appears later, or is second', async () => {
    const [a, b, c] = [machine('a'), machine('b'), machine('c')];
    cable(a, '10.7.0.1/24', b, '10.7.0.2/24');
    new Peer(a, 'announce');
    const first = new Peer(b, 'listen');
    await first.until((line) => line.heard === 'RKB1 here');
    const second = new Peer(c, 'listen');
    await second.until((line) => line.ready === true);
    // No default route and not the first interface: only its directed broadcast address leads
    // there.
    cable(a, '10.8.0.1/16', c, '10.8.0.2/16');
    const { host } = await second.until((line) => line.heard === 'RKB1 here');
    expect(host).toBe('10.8.0.1');
  });

  test('a machine that cannot send reports it, and can still listen', async () => {
    const a = machine('a');
    const host = new Peer(a, 'announce');
    expect(await host.until((line) => line.code !== undefined)).toEqual({
      code: 'RK_DISCOVERY_FAILED',
    });
    const listener = new Peer(a, 'listen');
    await listener.until((line) => line.ready === true);
  });
});
