/**
 * AES-256-GCM by `node:crypto`: suite 1 of the protocol, which every peer supports.
 *
 * @example
 * ```json
 * { "services": { "cipher": "@roomkey/cipher-aes-gcm" } }
 * ```
 *
 * @packageDocumentation
 */
import { Cipher, definePlugin } from '@roomkey/core';
import { aes256Gcm } from './aes-256-gcm.js';
import { configSchema } from './config.js';

export default definePlugin({
  name: '@roomkey/cipher-aes-gcm',
  apiVersion: '1.0',
  provides: Cipher,
  configSchema,
  create: () => aes256Gcm,
});

export { aes256Gcm };
