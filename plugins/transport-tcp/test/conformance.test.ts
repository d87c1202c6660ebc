import { networkInterfaces } from 'node:os';
import { describe, test } from 'vitest';
import { transportConformance } from '@roomkey/core/conformance';
import { createTransport } from './support.js';

/** The loopback addresses of this machine. */
const hosts = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .map(({ address }) => address)
  .filter((address) => ['127.0.0.1', '::1'].includes(address));

describe('TCP', () => {
  transportConformance({ describe, test }, { create: () => createTransport(), hosts });
});
