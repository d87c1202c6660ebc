/** What Accounts and Rooms get in tests: what they get in the app. */
export { storageCipher as testCipher } from '../../src/secure/storage-cipher.js';
