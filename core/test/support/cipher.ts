import { createCipheriv, createDecipheriv } from 'node:crypto';
import { RoomkeyError, type Cipher } from '@roomkey/core';

/** AES-256-GCM for tests of core, which may not import a plugin. */
export const testCipher: Cipher = {
  suite: 1,
  name: 'AES-256-GCM',
  keyLength: 32,
  nonceLength: 12,
  tagLength: 16,
  key: (raw) => {
    const key = Uint8Array.from(raw);
    return {
      seal: (nonce, aad, plaintext) => {
        const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
        cipher.setAAD(aad);
        return [
          ...plaintext.map((part) => cipher.update(part)),
          cipher.final(),
          cipher.getAuthTag(),
        ];
      },
      open: (nonce, aad, sealed) => {
        try {
          const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
          decipher.setAAD(aad);
          decipher.setAuthTag(sealed.subarray(-16));
          return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
        } catch (cause) {
          throw new RoomkeyError('RK_CIPHER_FORGED', 'forged', { cause });
        }
      },
    };
  },
};
