/**
 * What hosts import: the configuration, `createRoomkey`, and the types of what it gives.
 *
 * @example
 * ```ts
 * import { createRoomkey, readConfig, Storage } from '@roomkey/core/host';
 *
 * const config = await readConfig();
 * const roomkey = await createRoomkey({ config, hostFolder: import.meta.dirname, logger });
 * try {
 *   console.log(roomkey.plugins);
 * } finally {
 *   await roomkey.close();
 * }
 * ```
 *
 * @packageDocumentation
 */
export * from '../config/index.js';
export * from '../contracts/index.js';
export * from '../errors/index.js';
export * from './create-roomkey.js';
