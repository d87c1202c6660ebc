import type { Cipher } from '../contracts/cipher.js';
import { token } from '../contracts/token.js';

/** Folder for this user's secrets on this machine. */
export const ConfigFolder = token<string>('config-folder');

/** Key that seals endpoints, 32 bytes. */
export const DirectoryKey = token<Uint8Array>('directory-key');

/** Name of the storage plugin in use. */
export const StoreName = token<string>('store-name');

/** Cipher for stored data; independent of the `Cipher` of calls. */
export const StorageCipher = token<Cipher>('storage-cipher');
