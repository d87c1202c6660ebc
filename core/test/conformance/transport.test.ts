import { describe, test } from 'vitest';
import { MemoryNetwork, transportConformance } from '@roomkey/core/conformance';

describe('MemoryNetwork', () => {
  transportConformance(
    { describe, test },
    { create: () => new MemoryNetwork().machine('192.0.2.1'), hosts: ['192.0.2.1'] },
  );
});
