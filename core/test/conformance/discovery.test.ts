import { describe, expect, test } from 'vitest';
import {
  discoveryConformance,
  MemoryAir,
  MemoryDiscovery,
  type DiscoveryConformanceOptions,
} from '@roomkey/core/conformance';
import type { BeaconSource, Discovery } from '@roomkey/core';
import { failingCases } from '../../../test/support/failing-cases.js';

/** How the kit gets instances of this class that share one air. */
function inMemory(
  make: (air: MemoryAir, intervalMs: number) => Discovery,
): DiscoveryConformanceOptions {
  return {
    patienceMs: 500,
    open: async (beat) => {
      const air = new MemoryAir();
      const intervalMs = beat === 'regular' ? 10 : 3_600_000;
      return {
        discovery: make(air, intervalMs),
        another: async () => make(air, intervalMs),
        close: async () => undefined,
      };
    },
  };
}

discoveryConformance(
  { describe, test },
  inMemory((air, intervalMs) => new MemoryDiscovery(air, { intervalMs })),
);

function bound(source: BeaconSource): BeaconSource {
  return {
    next: (farewell) => source.next(farewell),
    answer: (challenge) => source.answer(challenge),
  };
}

/** The names of the cases that fail for a discovery of this kind. */
function failuresOf(make: (air: MemoryAir, intervalMs: number) => Discovery): Promise<string[]> {
  return failingCases((runner) => discoveryConformance(runner, inMemory(make)));
}

describe('the discovery kit finds', () => {
  test('one that says no farewell', async () => {
    class Rude extends MemoryDiscovery {
      override async announce(...[source, options]: Parameters<Discovery['announce']>) {
        const rude = { ...bound(source), next: () => source.next(false) };
        return super.announce(rude, options);
      }
    }
    const failures = await failuresOf((air, intervalMs) => new Rude(air, { intervalMs }));
    expect(failures).toContain('says farewell, last');
  });

  test('one that answers after its farewell', async () => {
    class Restless extends MemoryDiscovery {
      readonly #air: MemoryAir;
      constructor(air: MemoryAir, intervalMs: number) {
        super(air, { intervalMs });
        this.#air = air;
      }
      override async announce(...[source, options]: Parameters<Discovery['announce']>) {
        this.#air.answer((asked) => this.#air.send(source.answer(asked), '127.0.0.1'));
        return super.announce(source, options);
      }
    }
    const failures = await failuresOf((air, intervalMs) => new Restless(air, intervalMs));
    expect(failures).toEqual(['says farewell, last']);
  });

  test('one that answers with what it broadcasts', async () => {
    class Deaf extends MemoryDiscovery {
      override async announce(...[source, options]: Parameters<Discovery['announce']>) {
        return super.announce({ ...bound(source), answer: () => source.next(false) }, options);
      }
    }
    const failures = await failuresOf((air, intervalMs) => new Deaf(air, { intervalMs }));
    expect(failures).toContain('is answered with its challenge');
    expect(failures).toContain('makes no new beacon');
  });

  test('one that never asks', async () => {
    class Shy extends MemoryDiscovery {
      override async browse(...[onSighting]: Parameters<Discovery['browse']>) {
        const browsing = await super.browse(onSighting);
        return { ...browsing, query: () => undefined };
      }
    }
    const failures = await failuresOf((air, intervalMs) => new Shy(air, { intervalMs }));
    expect(failures).toContain('is answered with its challenge');
    expect(failures).toContain('brings an answer');
    expect(failures).toContain('an abort before is the rejection');
  });
});
