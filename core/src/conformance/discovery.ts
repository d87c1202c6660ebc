import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { BeaconSource, Discovery, BeaconEvent } from '../contracts/index.js';
import type { TestRunner } from './runner.js';

/** A separate network for one case. */
export interface DiscoveryUnderTest {
  readonly discovery: Discovery;
  /** Creates a further instance in reach of the first, as in another process on the machine. */
  readonly another: () => Promise<Discovery>;
  /** Closes all instances. */
  close(): Promise<void>;
}

/** Options of the discovery kit. */
export interface DiscoveryConformanceOptions {
  /**
   * @param interval `short`: announce several times within the timeout. `long`: not within an hour,
   * so that every received beacon has a different cause.
   */
  open(interval: 'short' | 'long'): Promise<DiscoveryUnderTest>;
  /** How long a case waits for a beacon, ms; default 10,000. */
  readonly timeoutMs?: number;
}

/** The cases that every `Discovery` must pass. */
export function discoveryConformance(
  runner: TestRunner,
  options: DiscoveryConformanceOptions,
): void {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const onFresh = (
    name: string,
    interval: 'short' | 'long',
    body: (
      test: DiscoveryUnderTest,
      listen: (on: Discovery) => Promise<TestListener>,
    ) => Promise<void>,
  ): void => {
    runner.test(name, async () => {
      const test = await options.open(interval);
      try {
        await body(test, async (on) => {
          const listener = new TestListener(timeoutMs);
          listener.search = await on.discover((event) => listener.onBeacon(event));
          listener.query();
          return listener;
        });
      } finally {
        await test.close();
      }
    });
  };

  runner.describe('Discovery: announcing', () => {
    onFresh('reaches an existing search', 'long', async ({ discovery, another }, listen) => {
      const listener = await listen(await another());
      await discovery.announce(new TestAnnouncer('a'));
      const { host } = await listener.waitFor((heard) => heard.room === 'a');
      assert.ok(host.length > 0, 'an event has its source address');
    });

    onFresh('reaches a later search', 'long', async ({ discovery, another }, listen) => {
      await discovery.announce(new TestAnnouncer('a'));
      const listener = await listen(await another());
      await listener.waitFor((heard) => heard.room === 'a');
    });

    onFresh('reaches a search on the same instance', 'long', async ({ discovery }, listen) => {
      await discovery.announce(new TestAnnouncer('a'));
      const listener = await listen(discovery);
      await listener.waitFor((heard) => heard.room === 'a');
    });

    onFresh('carries 512 bytes unchanged', 'long', async ({ discovery, another }, listen) => {
      const listener = await listen(await another());
      const announcer = new TestAnnouncer('a', 512);
      await discovery.announce(announcer);
      const heard = await listener.waitFor(({ room }) => room === 'a');
      assert.deepEqual(heard.bytes, announcer.made[heard.n]);
    });

    onFresh('repeats at its interval', 'short', async ({ discovery, another }, listen) => {
      const listener = await listen(await another());
      await discovery.announce(new TestAnnouncer('a'));
      await listener.waitFor((heard) => heard.n >= 3);
    });

    onFresh('requests a new beacon each time', 'long', async ({ discovery, another }, listen) => {
      const listener = await listen(await another());
      const announcement = await discovery.announce(new TestAnnouncer('a'));
      const first = await listener.waitFor((heard) => heard.room === 'a');
      announcement.update();
      await listener.waitFor((heard) => heard.n > first.n);
    });

    onFresh(
      'delivers the beacons of several rooms',
      'long',
      async ({ discovery, another }, listen) => {
        const listener = await listen(await another());
        await discovery.announce(new TestAnnouncer('a'));
        await discovery.announce(new TestAnnouncer('b'));
        await (await another()).announce(new TestAnnouncer('c'));
        for (const room of ['a', 'b', 'c']) await listener.waitFor((heard) => heard.room === room);
      },
    );
  });

  runner.describe('Discovery: query', () => {
    onFresh('is answered with its challenge', 'long', async ({ discovery, another }, listen) => {
      const listener = await listen(await another());
      await discovery.announce(new TestAnnouncer('a'));
      await listener.waitFor((heard) => heard.room === 'a');
      const challenges = [listener.query(), listener.query()];
      for (const asked of challenges) {
        await listener.waitFor(({ room, challenge }) => room === 'a' && challenge === asked);
      }
    });

    onFresh('creates no new beacon', 'long', async ({ discovery, another }, listen) => {
      const listener = await listen(await another());
      const announcer = new TestAnnouncer('a');
      await discovery.announce(announcer);
      const asked = listener.query();
      await listener.waitFor(({ challenge }) => challenge === asked);
      assert.equal(announcer.made.length, 1);
    });

    onFresh('is answered again each time', 'long', async ({ discovery, another }, listen) => {
      const listener = await listen(await another());
      await discovery.announce(new TestAnnouncer('a'));
      await listener.waitFor((heard) => heard.room === 'a');
      const before = listener.count('a');
      listener.query();
      await listener.waitFor(() => listener.count('a') > before);
    });

    onFresh('does nothing after stop', 'long', async ({ discovery }, listen) => {
      const listener = await listen(discovery);
      await listener.stop();
      listener.query();
    });
  });

  runner.describe('Discovery: stopping', () => {
    onFresh(
      'sends the farewell, and nothing after it',
      'long',
      async ({ discovery, another }, listen) => {
        const listener = await listen(await another());
        const announcer = new TestAnnouncer('a');
        const announcement = await discovery.announce(announcer);
        await listener.waitFor((heard) => heard.room === 'a');
        announcement.update();
        listener.query();
        await announcement.stop();
        await listener.waitFor((heard) => heard.farewell);
        const made = announcer.made.length;

        // From now on this announcement must stay silent.
        announcement.update();
        await (await another()).announce(new TestAnnouncer('fence'));
        await listener.waitFor((heard) => heard.room === 'fence');
        const before = listener.count('fence');
        listener.query();
        await listener.waitFor(() => listener.count('fence') > before);
        assert.equal(announcer.made.length, made, 'a beacon is created after the farewell');
        assert.equal(listener.last('a')?.farewell, true, 'a beacon is received after the farewell');
      },
    );

    onFresh('is idempotent', 'long', async ({ discovery }, listen) => {
      const listener = await listen(discovery);
      const announcer = new TestAnnouncer('a');
      const announcement = await discovery.announce(announcer);
      await Promise.all([announcement.stop(), announcement.stop()]);
      await announcement.stop();
      assert.equal(announcer.farewells, 1);
      await Promise.all([listener.stop(), listener.stop()]);
      await listener.stop();
    });

    onFresh(
      'does not affect other announcements and searches',
      'long',
      async ({ discovery, another }, listen) => {
        const listener = await listen(await another());
        const stopped = await listen(discovery);
        const first = await discovery.announce(new TestAnnouncer('a'));
        await discovery.announce(new TestAnnouncer('b'));
        await first.stop();
        await stopped.stop();
        await listener.waitFor((heard) => heard.room === 'a' && heard.farewell);
        const before = listener.count('b');
        listener.query();
        await listener.waitFor(() => listener.count('b') > before);
      },
    );

    onFresh('ends the events of a search', 'long', async ({ discovery, another }, listen) => {
      const witness = await listen(await another());
      const listener = await listen(discovery);
      await listener.stop();
      const heard = listener.total;
      await (await another()).announce(new TestAnnouncer('a'));
      await witness.waitFor(({ room }) => room === 'a');
      assert.equal(listener.total, heard);
    });

    onFresh('allows a new start', 'long', async ({ discovery, another }, listen) => {
      await (await listen(discovery)).stop();
      await (await discovery.announce(new TestAnnouncer('a'))).stop();
      const listener = await listen(discovery);
      await (await another()).announce(new TestAnnouncer('b'));
      await listener.waitFor((heard) => heard.room === 'b');
    });
  });

  runner.describe('Discovery: errors', () => {
    onFresh('in a listener do not stop the search', 'long', async ({ discovery }, listen) => {
      let calls = 0;
      await discovery.discover(() => {
        calls += 1;
        throw new Error('from a listener');
      });
      const listener = await listen(discovery);
      const announcement = await discovery.announce(new TestAnnouncer('a'));
      const first = await listener.waitFor((heard) => heard.room === 'a');
      announcement.update();
      await listener.waitFor((heard) => heard.n > first.n);
      assert.ok(calls >= 2, 'the listener is called again after it threw');
    });

    onFresh('include the reason of an earlier abort', 'long', async ({ discovery }) => {
      const reason = new Error('changed my mind');
      const signal = AbortSignal.abort(reason);
      const announcer = new TestAnnouncer('a');
      await assert.rejects(discovery.announce(announcer, { signal }), (error) => error === reason);
      assert.equal(announcer.made.length, 0);
      const search = discovery.discover(() => undefined, { signal });
      await assert.rejects(search, (error) => error === reason);
    });
  });
}

interface HeardBeacon {
  readonly room: string;
  /** Beacon number, from 0. */
  readonly n: number;
  readonly farewell: boolean;
  /** Challenge of the answered query, in hexadecimal. */
  readonly challenge?: string;
  readonly host: string;
  readonly bytes: Uint8Array;
}

/** Creates distinguishable beacons that start like real ones. */
class TestAnnouncer implements BeaconSource {
  readonly made: Uint8Array[] = [];
  farewells = 0;
  readonly #room: string;
  readonly #length: number;

  constructor(room: string, length = 200) {
    this.#room = room;
    this.#length = length;
  }

  next(farewell: boolean): Uint8Array {
    const beacon = this.#encode({ n: this.made.length, farewell });
    this.made.push(beacon);
    if (farewell) this.farewells += 1;
    return beacon;
  }

  answer(challenge: Uint8Array): Uint8Array {
    const n = this.made.length - 1;
    return this.#encode({ n, farewell: false, challenge: Buffer.from(challenge).toString('hex') });
  }

  #encode(content: Omit<HeardBeacon, 'room' | 'host' | 'bytes'>): Uint8Array {
    const text = JSON.stringify({ room: this.#room, ...content });
    return new TextEncoder().encode(`RKB1${text}`.padEnd(this.#length));
  }
}

/** Records received beacons and waits for more. */
class TestListener {
  search: { query(challenge: Uint8Array): void; stop(): Promise<void> } | undefined;
  readonly #timeoutMs: number;
  readonly #heard: HeardBeacon[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  onBeacon({ beacon, host }: BeaconEvent): void {
    const bytes = Uint8Array.from(beacon);
    const text = new TextDecoder().decode(bytes);
    // On a real network, other programs may send too.
    if (!text.startsWith('RKB1{')) return;
    const content = JSON.parse(text.slice(4)) as Omit<HeardBeacon, 'host' | 'bytes'>;
    this.#heard.push({ ...content, host, bytes });
    for (const check of [...this.#waiting]) check();
  }

  /** @returns the challenge, in hexadecimal */
  query(): string {
    const challenge = randomBytes(16);
    this.search?.query(challenge);
    return challenge.toString('hex');
  }

  async stop(): Promise<void> {
    await this.search?.stop();
  }

  get total(): number {
    return this.#heard.length;
  }

  count(room: string): number {
    return this.#heard.filter((heard) => heard.room === room).length;
  }

  last(room: string): HeardBeacon | undefined {
    return this.#heard.findLast((heard) => heard.room === room);
  }

  /** Resolves with the first match among the received and future beacons. */
  async waitFor(fits: (heard: HeardBeacon) => boolean): Promise<HeardBeacon> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        const found = this.#heard.find(fits);
        if (found === undefined) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        reject(new assert.AssertionError({ message: `not received: ${String(fits)}` }));
      }, this.#timeoutMs);
      this.#waiting.add(check);
      check();
    });
  }
}
