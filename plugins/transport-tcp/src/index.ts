/**
 * Whole messages over TCP, on IPv4 and IPv6. Each message is `u32 length ‖ message`, big-endian.
 *
 * @example
 * ```json
 * { "services": { "transport": { "use": "@roomkey/transport-tcp", "config": { "port": 4800 } } } }
 * ```
 *
 * @packageDocumentation
 */
import { definePlugin, Transport } from '@roomkey/core';
import { configSchema } from './config.js';
import { tcpTransport } from './tcp-transport.js';

export default definePlugin({
  name: '@roomkey/transport-tcp',
  apiVersion: '1.0',
  provides: Transport,
  configSchema,
  create: (context, config) => tcpTransport(config, context.logger),
});

export { tcpTransport };
