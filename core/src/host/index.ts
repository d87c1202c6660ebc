/**
 * The API for hosts: the configuration, `createRoomkey` and its types.
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
export type * from '../call/index.js';
export { captureTime } from '../camera/index.js';
export * from '../config/index.js';
export * from '../contracts/index.js';
export * from '../wire/index.js';
export * from '../errors/index.js';
export {
  fingerprint,
  parseLegacyUsers,
  resemblanceNotes,
  SignInFile,
  type IdentityStatus,
  type ImportResult,
  type KnownPeer,
  type OwnAccountUnreadableError,
  type IdentityMismatchError,
  type Resemblance,
  type SignedIn,
} from '../people/index.js';
export { PrivateJsonFile } from '../people/private-json-file.js';
export { readPrivateFile, removePrivateFile, writePrivateFile } from '../people/private-files.js';
export { retryWhileBusy } from '../util/busy-file.js';
export type { PluginReport, SkippedPlugin } from '../plugin/plugin-services.js';
export type * from '../rooms/index.js';
export {
  copyStorage,
  type CopiedCollection,
  type StorageMonitor,
  type StorageState,
} from '../storage/index.js';
export { decodeText, NotTextError } from '../util/text.js';
export { deferred } from '../util/deferred.js';
export { hasErrno, systemReason } from '../util/errno.js';
export { expandHome } from '../util/home.js';
export { longDelay, longTimeout } from '../util/long-timeout.js';
export { redactUrls } from '../util/redact-urls.js';
export { SerialQueue } from '../util/serial-queue.js';
export * from './create-roomkey.js';
export * from './describe-plugins.js';
export { shellArgument } from '../util/shell-argument.js';
