import type { Cipher } from '../contracts/cipher.js';
import { token } from '../contracts/token.js';

/** The folder for the secrets of this user on this machine. */
export const ConfigFolder = token<string>('config-folder');

/** The key under which endpoints are sealed, 32 bytes. */
export const DirectoryKey = token<Uint8Array>('directory-key');

/** The name of the plugin whose store is in use. */
export const StoreName = token<string>('store-name');

/** What seals the things that are stored; not the `Cipher` of calls. */
export const StorageCipher = token<Cipher>('storage-cipher');
