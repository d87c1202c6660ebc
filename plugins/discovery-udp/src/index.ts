/**
 * Announces and finds rooms by UDP broadcast, on every IPv4 interface of the machine.
 *
 * @example
 * ```json
 * { "use": "@roomkey/discovery-udp", "config": { "port": 37020, "intervalMs": 2000 } }
 * ```
 *
 * @packageDocumentation
 */
import { definePlugin, Discovery } from '@roomkey/core';
import { configSchema } from './config.js';
import { UdpDiscovery } from './udp-discovery.js';

export default definePlugin({
  name: '@roomkey/discovery-udp',
  apiVersion: '1.0',
  provides: Discovery,
  configSchema,
  create: (context, config) => {
    const discovery = new UdpDiscovery(config, context.logger);
    context.defer(() => discovery.close());
    return discovery;
  },
});
