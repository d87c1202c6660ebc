import { describe, test } from 'vitest';
import { discoveryConformance } from '@roomkey/core/conformance';
import { UdpTestNetwork } from './udp-test-network.js';

discoveryConformance(
  { describe, test },
  {
    open: async (interval) => {
      const machine = await UdpTestNetwork.open(interval === 'short' ? 100 : 3_600_000);
      return {
        discovery: machine.start(),
        another: async () => machine.start(),
        close: () => machine.close(),
      };
    },
  },
);
