import { describe, test } from 'vitest';
import { cipherConformance } from '../../src/conformance/index.js';
import { storageCipher } from '../../src/secure/storage-cipher.js';

describe('storageCipher', () => {
  cipherConformance({ describe, test }, { create: () => storageCipher });
});
