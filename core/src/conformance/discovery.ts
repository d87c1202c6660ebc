import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { BeaconSource, Discovery, BeaconEvent } from '../contracts/index.js';
import type { TestRunner } from './runner.js';

/** A network of its own for one case. */
export interface DiscoveryUnderTest {
  readonly discovery: Discovery;
  /** One more instance in reach of the first, as another process on the machine would have it. */
  readonly another: () => Promise<Discovery>;
  /** Ends all instances. */
  close(): Promise<void>;
}

/** How to test a discovery. */
export interface DiscoveryConformanceOptions {
  /**
   * @param beat `regular`: announce on a beat well below the patience. `rare`: on none within an
   * hour, so that whatever is heard was sent for a reason.
   */
  open(beat: 'regular' | 'rare'): Promise<DiscoveryUnderTest>;
  /** How long a case waits to hear something, in milliseconds; default 10,000. */
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
    beat: 'regular' | 'rare',
    body: (
      test: DiscoveryUnderTest,
      listen: (on: Discovery) => Promise<TestListener>,
    ) => Promise<void>,
  ): void => {
    runner.test(name, async () => {
      const test = await options.open(beat);
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
    onFresh('is heard by who browses already', 'rare', async ({ discovery, another }, listen) => {
      const listener = await listen(await another());
      await discovery.announce(new TestAnnouncer('a'));
      const { host } = await listener.waitFor((heard) => heard.room === 'a');
      assert.ok(host.length > 0, 'an event says where it came from');
    });

    onFresh('is heard by who comes later', 'rare', async ({ discovery, another }, listen) => {
      await discovery.announce(new TestAnnouncer('a'));
      const listener = await listen(await another());
      await listener.waitFor((heard) => heard.room === 'a');
    });

    onFresh('is heard on the same instance', 'rare', async ({ discovery }, listen) => {
      await discovery.announce(new TestAnnouncer('a'));
      const listener = await listen(discovery);
      await listener.waitFor((heard) => heard.room === 'a');
    });

    onFresh('carries 512 bytes as they are', 'rare', async ({ discovery, another }, listen) => {
      const listener = await listen(await another());
      const announcer = new TestAnnouncer('a', 512);
      await discovery.announce(announcer);
      const heard = await listener.waitFor(({ room }) => room === 'a');
      assert.deepEqual(heard.bytes, announcer.made[heard.n]);
    });

    onFresh('goes on by itself', 'regular', async ({ discovery, another }, listen) => {
      const listener = await listen(await another());
      await discovery.announce(new TestAnnouncer('a'));
      await listener.waitFor((heard) => heard.n >= 3);
    });

    onFresh('asks for a new beacon each time', 'rare', async ({ discovery, another }, listen) => {
      const listener = await listen(await another());
      const announcement = await discovery.announce(new TestAnnouncer('a'));
      const first = await listener.waitFor((heard) => heard.room === 'a');
      announcement.update();
      await listener.waitFor((heard) => heard.n > first.n);
    });

    onFresh('of several is told apart', 'rare', async ({ discovery, another }, listen) => {
      const listener = await listen(await another());
      await discovery.announce(new TestAnnouncer('a'));
      await discovery.announce(new TestAnnouncer('b'));
      await (await another()).announce(new TestAnnouncer('c'));
      for (const room of ['a', 'b', 'c']) await listener.waitFor((heard) => heard.room === room);
    });
  });

  runner.describe('Discovery: query', () => {
    onFresh('is answered with its challenge', 'rare', async ({ discovery, another }, listen) => {
      const listener = await listen(await another());
      await discovery.announce(new TestAnnouncer('a'));
      await listener.waitFor((heard) => heard.room === 'a');
      const challenges = [listener.query(), listener.query()];
      for (const asked of challenges) {
        await listener.waitFor(({ room, challenge }) => room === 'a' && challenge === asked);
      }
    });

    onFresh('makes no new beacon', 'rare', async ({ discovery, another }, listen) => {
      const listener = await listen(await another());
      const announcer = new TestAnnouncer('a');
      await discovery.announce(announcer);
      const asked = listener.query();
      await listener.waitFor(({ challenge }) => challenge === asked);
      assert.equal(announcer.made.length, 1);
    });

    onFresh('brings an answer', 'rare', async ({ discovery, another }, listen) => {
      const listener = await listen(await another());
      await discovery.announce(new TestAnnouncer('a'));
      await listener.waitFor((heard) => heard.room === 'a');
      const before = listener.count('a');
      listener.query();
      await listener.waitFor(() => listener.count('a') > before);
    });

    onFresh('after stop does nothing', 'rare', async ({ discovery }, listen) => {
      const listener = await listen(discovery);
      await listener.stop();
      listener.query();
    });
  });

  runner.describe('Discovery: stopping', () => {
    onFresh('says farewell, last', 'rare', async ({ discovery, another }, listen) => {
      const listener = await listen(await another());
      const announcer = new TestAnnouncer('a');
      const announcement = await discovery.announce(announcer);
      await listener.waitFor((heard) => heard.room === 'a');
      announcement.update();
      listener.query();
      await announcement.stop();
      await listener.waitFor((heard) => heard.farewell);
      const made = announcer.made.length;

      // Whatever makes hosts answer now, this one is silent.
      announcement.update();
      await (await another()).announce(new TestAnnouncer('fence'));
      await listener.waitFor((heard) => heard.room === 'fence');
      const before = listener.count('fence');
      listener.query();
      await listener.waitFor(() => listener.count('fence') > before);
      assert.equal(announcer.made.length, made, 'no beacon is made after the farewell');
      assert.equal(listener.last('a')?.farewell, true, 'nothing is heard after the farewell');
    });

    onFresh('can be done twice', 'rare', async ({ discovery }, listen) => {
      const listener = await listen(discovery);
      const announcer = new TestAnnouncer('a');
      const announcement = await discovery.announce(announcer);
      await Promise.all([announcement.stop(), announcement.stop()]);
      await announcement.stop();
      assert.equal(announcer.farewells, 1);
      await Promise.all([listener.stop(), listener.stop()]);
      await listener.stop();
    });

    onFresh('one leaves the others', 'rare', async ({ discovery, another }, listen) => {
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
    });

    onFresh('ends the sightings', 'rare', async ({ discovery, another }, listen) => {
      const witness = await listen(await another());
      const listener = await listen(discovery);
      await listener.stop();
      const heard = listener.total;
      await (await another()).announce(new TestAnnouncer('a'));
      await witness.waitFor(({ room }) => room === 'a');
      assert.equal(listener.total, heard);
    });

    onFresh('can be followed by a new start', 'rare', async ({ discovery, another }, listen) => {
      await (await listen(discovery)).stop();
      await (await discovery.announce(new TestAnnouncer('a'))).stop();
      const listener = await listen(discovery);
      await (await another()).announce(new TestAnnouncer('b'));
      await listener.waitFor((heard) => heard.room === 'b');
    });
  });

  runner.describe('Discovery: errors', () => {
    onFresh('a listener that throws stops nothing', 'rare', async ({ discovery }, listen) => {
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
      assert.ok(calls >= 2, 'it is called again after it threw');
    });

    onFresh('an abort before is the rejection', 'rare', async ({ discovery }) => {
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
  /** The number of the beacon, from 0. */
  readonly n: number;
  readonly farewell: boolean;
  /** Of the query that was answered, in hexadecimal. */
  readonly challenge?: string;
  readonly host: string;
  readonly bytes: Uint8Array;
}

/** Makes beacons that can be told apart. They begin as real ones do. */
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

  #encode(said: Omit<HeardBeacon, 'room' | 'host' | 'bytes'>): Uint8Array {
    const text = JSON.stringify({ room: this.#room, ...said });
    return new TextEncoder().encode(`RKB1${text}`.padEnd(this.#length));
  }
}

/** Keeps what it hears, and waits for more. */
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
    // Where the network is a real one, others may be heard on it.
    if (!text.startsWith('RKB1{')) return;
    const said = JSON.parse(text.slice(4)) as Omit<HeardBeacon, 'host' | 'bytes'>;
    this.#heard.push({ ...said, host, bytes });
    for (const look of [...this.#waiting]) look();
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

  /** The first that fits, of what was heard before and what comes. */
  async waitFor(fits: (heard: HeardBeacon) => boolean): Promise<HeardBeacon> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.#heard.find(fits);
        if (found === undefined) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new assert.AssertionError({ message: `not heard: ${String(fits)}` }));
      }, this.#timeoutMs);
      this.#waiting.add(look);
      look();
    });
  }
}
