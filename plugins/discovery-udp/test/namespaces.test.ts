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

/** A machine without any interface but a loopback that is down. */
function machine(name: string): string {
  const namespace = `${prefix}-${name}`;
  ip('netns', 'add', namespace);
  namespaces.push(namespace);
  return namespace;
}

/** A cable between two machines, and an address for each end. */
function cable(a: string, addressA: string, b: string, addressB: string): void {
  const [endA, endB] = ['a', 'b'].map((end) => `${end}${randomBytes(4).toString('hex')}`);
  ip('link', 'add', endA!, 'netns', a, 'type', 'veth', 'peer', 'name', endB!, 'netns', b);
  for (const [namespace, end, address] of [
    [a, endA!, addressA],
    [b, endB!, addressB],
  ] as const) {
    const broadcast = address.endsWith('/31') ? [] : ['broadcast', '+'];
    ip('-n', namespace, 'address', 'add', address, ...broadcast, 'dev', end);
    ip('-n', namespace, 'link', 'set', end, 'up');
  }
}

/** A process on a machine. */
class Peer {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Line[] = [];
  #look = (): void => undefined;

  constructor(namespace: string, role: 'announce' | 'browse') {
    const args = ['netns', 'exec', namespace, process.execPath, PEER, role, PORT];
    this.#child = spawn('ip', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#lines.push(JSON.parse(line) as Line);
      this.#look();
    });
    peers.push(this);
  }

  /** The first line that fits, of those before and those to come. */
  until(fits: (line: Line) => boolean): Promise<Line> {
    return new Promise((resolve) => {
      this.#look = () => {
        const line = this.#lines.find(fits);
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

  test('two machines on one network find each other, and hear the farewell', async () => {
    const [a, b] = [machine('a'), machine('b')];
    cable(a, '10.7.0.1/24', b, '10.7.0.2/24');
    const browser = new Peer(b, 'browse');
    await browser.until((line) => line.ready === true);
    const host = new Peer(a, 'announce');
    const { host: address } = await browser.until((line) => line.heard === 'RKB1 here');
    expect(address).toBe('10.7.0.1');
    await host.stop();
    await browser.until((line) => line.heard === 'RKB1 bye');
  });

  test('several processes on a machine with a loopback alone find each other', async () => {
    const a = machine('a');
    ip('-n', a, 'link', 'set', 'lo', 'up');
    const browsers = [new Peer(a, 'browse'), new Peer(a, 'browse')];
    for (const browser of browsers) await browser.until((line) => line.ready === true);
    new Peer(a, 'announce');
    for (const browser of browsers) {
      const { host } = await browser.until((line) => line.heard === 'RKB1 here');
      expect(host).toBe('127.0.0.1');
    }
  });

  test('the ends of a cable with two addresses and no route find each other', async () => {
    const [a, b] = [machine('a'), machine('b')];
    cable(a, '10.7.0.0/31', b, '10.7.0.1/31');
    const browser = new Peer(b, 'browse');
    await browser.until((line) => line.ready === true);
    new Peer(a, 'announce');
    const { host } = await browser.until((line) => line.heard === 'RKB1 here');
    expect(host).toBe('10.7.0.0');
  });

  test('an interface that comes later, or second, is announced on too', async () => {
    const [a, b, c] = [machine('a'), machine('b'), machine('c')];
    cable(a, '10.7.0.1/24', b, '10.7.0.2/24');
    new Peer(a, 'announce');
    const first = new Peer(b, 'browse');
    await first.until((line) => line.heard === 'RKB1 here');
    const second = new Peer(c, 'browse');
    await second.until((line) => line.ready === true);
    // No default route, and not the first interface: only its own broadcast address leads there.
    cable(a, '10.8.0.1/16', c, '10.8.0.2/16');
    const { host } = await second.until((line) => line.heard === 'RKB1 here');
    expect(host).toBe('10.8.0.1');
  });

  test('a machine on which nothing can be sent says so, and can still listen', async () => {
    const a = machine('a');
    const host = new Peer(a, 'announce');
    expect(await host.until((line) => line.code !== undefined)).toEqual({
      code: 'RK_DISCOVERY_FAILED',
    });
    const browser = new Peer(a, 'browse');
    await browser.until((line) => line.ready === true);
  });
});
