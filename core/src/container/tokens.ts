import { token } from '../contracts/token.js';

/** The folder for the secrets of this user on this machine. */
export const ConfigFolder = token<string>('config-folder');

/** The key under which endpoints are sealed, 32 bytes. */
export const DirectoryKey = token<Uint8Array>('directory-key');
