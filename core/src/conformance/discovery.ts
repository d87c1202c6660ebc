import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { BeaconSource, Discovery, Sighting } from '../contracts/index.js';
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
  readonly patienceMs?: number;
}

/** The cases that every `Discovery` must pass. */
export function discoveryConformance(
  runner: TestRunner,
  options: DiscoveryConformanceOptions,
): void {
  const patienceMs = options.patienceMs ?? 10_000;
  const onFresh = (
    name: string,
    beat: 'regular' | 'rare',
    body: (test: DiscoveryUnderTest, listen: (on: Discovery) => Promise<Ear>) => Promise<void>,
  ): void => {
    runner.test(name, async () => {
      const test = await options.open(beat);
      try {
        await body(test, async (on) => {
          const ear = new Ear(patienceMs);
          ear.browsing = await on.browse((sighting) => ear.hear(sighting));
          ear.query();
          return ear;
        });
      } finally {
        await test.close();
      }
    });
  };

  runner.describe('Discovery: announcing', () => {
    onFresh('is heard by who browses already', 'rare', async ({ discovery, another }, listen) => {
      const ear = await listen(await another());
      await discovery.announce(new Voice('a'));
      const { host } = await ear.until((heard) => heard.room === 'a');
      assert.ok(host.length > 0, 'a sighting says where it came from');
    });

    onFresh('is heard by who comes later', 'rare', async ({ discovery, another }, listen) => {
      await discovery.announce(new Voice('a'));
      const ear = await listen(await another());
      await ear.until((heard) => heard.room === 'a');
    });

    onFresh('is heard on the same instance', 'rare', async ({ discovery }, listen) => {
      await discovery.announce(new Voice('a'));
      const ear = await listen(discovery);
      await ear.until((heard) => heard.room === 'a');
    });

    onFresh('carries 512 bytes as they are', 'rare', async ({ discovery, another }, listen) => {
      const ear = await listen(await another());
      const voice = new Voice('a', 512);
      await discovery.announce(voice);
      const heard = await ear.until(({ room }) => room === 'a');
      assert.deepEqual(heard.bytes, voice.made[heard.n]);
    });

    onFresh('goes on by itself', 'regular', async ({ discovery, another }, listen) => {
      const ear = await listen(await another());
      await discovery.announce(new Voice('a'));
      await ear.until((heard) => heard.n >= 3);
    });

    onFresh('asks for a new beacon each time', 'rare', async ({ discovery, another }, listen) => {
      const ear = await listen(await another());
      const announcement = await discovery.announce(new Voice('a'));
      const first = await ear.until((heard) => heard.room === 'a');
      announcement.update();
      await ear.until((heard) => heard.n > first.n);
    });

    onFresh('of several is told apart', 'rare', async ({ discovery, another }, listen) => {
      const ear = await listen(await another());
      await discovery.announce(new Voice('a'));
      await discovery.announce(new Voice('b'));
      await (await another()).announce(new Voice('c'));
      for (const room of ['a', 'b', 'c']) await ear.until((heard) => heard.room === room);
    });
  });

  runner.describe('Discovery: query', () => {
    onFresh('is answered with its challenge', 'rare', async ({ discovery, another }, listen) => {
      const ear = await listen(await another());
      await discovery.announce(new Voice('a'));
      await ear.until((heard) => heard.room === 'a');
      const challenges = [ear.query(), ear.query()];
      for (const asked of challenges) {
        await ear.until(({ room, challenge }) => room === 'a' && challenge === asked);
      }
    });

    onFresh('makes no new beacon', 'rare', async ({ discovery, another }, listen) => {
      const ear = await listen(await another());
      const voice = new Voice('a');
      await discovery.announce(voice);
      const asked = ear.query();
      await ear.until(({ challenge }) => challenge === asked);
      assert.equal(voice.made.length, 1);
    });

    onFresh('brings an answer', 'rare', async ({ discovery, another }, listen) => {
      const ear = await listen(await another());
      await discovery.announce(new Voice('a'));
      await ear.until((heard) => heard.room === 'a');
      const before = ear.count('a');
      ear.query();
      await ear.until(() => ear.count('a') > before);
    });

    onFresh('after stop does nothing', 'rare', async ({ discovery }, listen) => {
      const ear = await listen(discovery);
      await ear.stop();
      ear.query();
    });
  });

  runner.describe('Discovery: stopping', () => {
    onFresh('says farewell, last', 'rare', async ({ discovery, another }, listen) => {
      const ear = await listen(await another());
      const voice = new Voice('a');
      const announcement = await discovery.announce(voice);
      await ear.until((heard) => heard.room === 'a');
      announcement.update();
      ear.query();
      await announcement.stop();
      await ear.until((heard) => heard.farewell);
      const made = voice.made.length;

      // Whatever makes hosts answer now, this one is silent.
      announcement.update();
      await (await another()).announce(new Voice('fence'));
      await ear.until((heard) => heard.room === 'fence');
      const before = ear.count('fence');
      ear.query();
      await ear.until(() => ear.count('fence') > before);
      assert.equal(voice.made.length, made, 'no beacon is made after the farewell');
      assert.equal(ear.last('a')?.farewell, true, 'nothing is heard after the farewell');
    });

    onFresh('can be done twice', 'rare', async ({ discovery }, listen) => {
      const ear = await listen(discovery);
      const voice = new Voice('a');
      const announcement = await discovery.announce(voice);
      await Promise.all([announcement.stop(), announcement.stop()]);
      await announcement.stop();
      assert.equal(voice.farewells, 1);
      await Promise.all([ear.stop(), ear.stop()]);
      await ear.stop();
    });

    onFresh('one leaves the others', 'rare', async ({ discovery, another }, listen) => {
      const ear = await listen(await another());
      const deaf = await listen(discovery);
      const first = await discovery.announce(new Voice('a'));
      await discovery.announce(new Voice('b'));
      await first.stop();
      await deaf.stop();
      await ear.until((heard) => heard.room === 'a' && heard.farewell);
      const before = ear.count('b');
      ear.query();
      await ear.until(() => ear.count('b') > before);
    });

    onFresh('ends the sightings', 'rare', async ({ discovery, another }, listen) => {
      const witness = await listen(await another());
      const ear = await listen(discovery);
      await ear.stop();
      const heard = ear.total;
      await (await another()).announce(new Voice('a'));
      await witness.until(({ room }) => room === 'a');
      assert.equal(ear.total, heard);
    });

    onFresh('can be followed by a new start', 'rare', async ({ discovery, another }, listen) => {
      await (await listen(discovery)).stop();
      await (await discovery.announce(new Voice('a'))).stop();
      const ear = await listen(discovery);
      await (await another()).announce(new Voice('b'));
      await ear.until((heard) => heard.room === 'b');
    });
  });

  runner.describe('Discovery: errors', () => {
    onFresh('a listener that throws stops nothing', 'rare', async ({ discovery }, listen) => {
      let calls = 0;
      await discovery.browse(() => {
        calls += 1;
        throw new Error('from a listener');
      });
      const ear = await listen(discovery);
      const announcement = await discovery.announce(new Voice('a'));
      const first = await ear.until((heard) => heard.room === 'a');
      announcement.update();
      await ear.until((heard) => heard.n > first.n);
      assert.ok(calls >= 2, 'it is called again after it threw');
    });

    onFresh('an abort before is the rejection', 'rare', async ({ discovery }) => {
      const reason = new Error('changed my mind');
      const signal = AbortSignal.abort(reason);
      const voice = new Voice('a');
      await assert.rejects(discovery.announce(voice, { signal }), (error) => error === reason);
      assert.equal(voice.made.length, 0);
      const browse = discovery.browse(() => undefined, { signal });
      await assert.rejects(browse, (error) => error === reason);
    });
  });
}

interface Heard {
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
class Voice implements BeaconSource {
  readonly made: Uint8Array[] = [];
  farewells = 0;
  readonly #room: string;
  readonly #length: number;

  constructor(room: string, length = 200) {
    this.#room = room;
    this.#length = length;
  }

  next(farewell: boolean): Uint8Array {
    const beacon = this.#say({ n: this.made.length, farewell });
    this.made.push(beacon);
    if (farewell) this.farewells += 1;
    return beacon;
  }

  answer(challenge: Uint8Array): Uint8Array {
    const n = this.made.length - 1;
    return this.#say({ n, farewell: false, challenge: Buffer.from(challenge).toString('hex') });
  }

  #say(said: Omit<Heard, 'room' | 'host' | 'bytes'>): Uint8Array {
    const text = JSON.stringify({ room: this.#room, ...said });
    return new TextEncoder().encode(`RKB1${text}`.padEnd(this.#length));
  }
}

/** Keeps what it hears, and waits for more. */
class Ear {
  browsing: { query(challenge: Uint8Array): void; stop(): Promise<void> } | undefined;
  readonly #patienceMs: number;
  readonly #heard: Heard[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  hear({ beacon, host }: Sighting): void {
    const bytes = Uint8Array.from(beacon);
    const text = new TextDecoder().decode(bytes);
    // Where the network is a real one, others may be heard on it.
    if (!text.startsWith('RKB1{')) return;
    const said = JSON.parse(text.slice(4)) as Omit<Heard, 'host' | 'bytes'>;
    this.#heard.push({ ...said, host, bytes });
    for (const look of [...this.#waiting]) look();
  }

  /** @returns the challenge, in hexadecimal */
  query(): string {
    const challenge = randomBytes(16);
    this.browsing?.query(challenge);
    return challenge.toString('hex');
  }

  async stop(): Promise<void> {
    await this.browsing?.stop();
  }

  get total(): number {
    return this.#heard.length;
  }

  count(room: string): number {
    return this.#heard.filter((heard) => heard.room === room).length;
  }

  last(room: string): Heard | undefined {
    return this.#heard.findLast((heard) => heard.room === room);
  }

  /** The first that fits, of what was heard before and what comes. */
  async until(fits: (heard: Heard) => boolean): Promise<Heard> {
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
      }, this.#patienceMs);
      this.#waiting.add(look);
      look();
    });
  }
}
