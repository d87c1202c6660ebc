/**
 * The API for plugin authors: contracts, `definePlugin` and errors. Imports neither the container
 * nor a host.
 *
 * @example
 * ```ts
 * import { Cipher, definePlugin } from '@roomkey/core';
 * import { z } from 'zod';
 *
 * export default definePlugin({
 *   name: '@acme/roomkey-cipher',
 *   apiVersion: '1.0',
 *   provides: Cipher,
 *   configSchema: z.strictObject({}),
 *   create: () => new AcmeCipher(),
 * });
 * ```
 *
 * @packageDocumentation
 */
export * from './audio-devices/index.js';
export * from './camera/index.js';
export * from './contracts/index.js';
export * from './errors/index.js';
export * from './plugin/define-plugin.js';
export * from './wire/index.js';
export { createYielder, type Yielder } from './util/yielder.js';
export { ChangeEmitter, type DocumentHead } from './util/change-emitter.js';
export { childEnvironment } from './util/environment.js';
export { hasErrno, systemReason } from './util/errno.js';
export { expandHome } from './util/home.js';
export { AsyncQueue } from './util/async-queue.js';
export { LatestValue } from './util/latest-value.js';
export { writeFileAtomically } from './util/atomic-file.js';
export { isBusy, retryWhileBusy } from './util/busy-file.js';
export { followLinks } from './util/follow-links.js';
export { checkStorageNames, isStorageId } from './util/storage-names.js';
export { AddressRateLimit, type RateLimits } from './util/rate-limit.js';
export { asError, deferred, settleOrAbort, type Deferred } from './util/deferred.js';
export { decodeText, hasUtf16Bom, NotTextError } from './util/text.js';
export { redactUrls } from './util/redact-urls.js';
export { SerialQueue } from './util/serial-queue.js';
