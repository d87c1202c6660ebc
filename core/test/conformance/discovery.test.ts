import { describe, expect, test } from 'vitest';
import {
  discoveryConformance,
  MemoryBroadcastDomain,
  MemoryDiscovery,
  type DiscoveryConformanceOptions,
} from '@roomkey/core/conformance';
import type { BeaconSource, Discovery } from '@roomkey/core';
import { failingCases } from '../../../test/support/failing-cases.js';

/** Kit options for instances of this class that share one broadcast domain. */
function inMemory(
  make: (domain: MemoryBroadcastDomain, intervalMs: number) => Discovery,
): DiscoveryConformanceOptions {
  return {
    timeoutMs: 500,
    open: async (interval) => {
      const domain = new MemoryBroadcastDomain();
      const intervalMs = interval === 'short' ? 10 : 3_600_000;
      return {
        discovery: make(domain, intervalMs),
        another: async () => make(domain, intervalMs),
        close: async () => undefined,
      };
    },
  };
}

discoveryConformance(
  { describe, test },
  inMemory((domain, intervalMs) => new MemoryDiscovery(domain, { intervalMs })),
);

function bound(source: BeaconSource): BeaconSource {
  return {
    next: (farewell) => source.next(farewell),
    answer: (challenge) => source.answer(challenge),
  };
}

/** The names of the cases that fail for such a discovery. */
function failuresOf(
  make: (domain: MemoryBroadcastDomain, intervalMs: number) => Discovery,
): Promise<string[]> {
  return failingCases((runner) => discoveryConformance(runner, inMemory(make)));
}

describe('the discovery kit finds', () => {
  test('a discovery that sends no farewell', async () => {
    class Rude extends MemoryDiscovery {
      override async announce(...[source, options]: Parameters<Discovery['announce']>) {
        const rude = { ...bound(source), next: () => source.next(false) };
        return super.announce(rude, options);
      }
    }
    const failures = await failuresOf((domain, intervalMs) => new Rude(domain, { intervalMs }));
    expect(failures).toContain('sends the farewell, and nothing after it');
  });

  test('a discovery that answers after its farewell', async () => {
    class Restless extends MemoryDiscovery {
      readonly #domain: MemoryBroadcastDomain;
      constructor(domain: MemoryBroadcastDomain, intervalMs: number) {
        super(domain, { intervalMs });
        this.#domain = domain;
      }
      override async announce(...[source, options]: Parameters<Discovery['announce']>) {
        this.#domain.answer((asked) => this.#domain.send(source.answer(asked), '127.0.0.1'));
        return super.announce(source, options);
      }
    }
    const failures = await failuresOf((domain, intervalMs) => new Restless(domain, intervalMs));
    expect(failures).toEqual(['sends the farewell, and nothing after it']);
  });

  test('a discovery that answers with its broadcast beacons', async () => {
    class Deaf extends MemoryDiscovery {
      override async announce(...[source, options]: Parameters<Discovery['announce']>) {
        return super.announce({ ...bound(source), answer: () => source.next(false) }, options);
      }
    }
    const failures = await failuresOf((domain, intervalMs) => new Deaf(domain, { intervalMs }));
    expect(failures).toContain('is answered with its challenge');
    expect(failures).toContain('creates no new beacon');
  });

  test('a discovery that never sends queries', async () => {
    class Shy extends MemoryDiscovery {
      override async discover(...[onBeacon]: Parameters<Discovery['discover']>) {
        const search = await super.discover(onBeacon);
        return { ...search, query: () => undefined };
      }
    }
    const failures = await failuresOf((domain, intervalMs) => new Shy(domain, { intervalMs }));
    expect(failures).toContain('is answered with its challenge');
    expect(failures).toContain('is answered again each time');
    expect(failures).toContain('include the reason of an earlier abort');
  });
});
