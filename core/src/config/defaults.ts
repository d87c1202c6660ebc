import type { ServiceChoice, ServiceKind } from './schema.js';

/**
 * Defaults of the configuration, which `roomkey config init` writes. Names only: core imports no
 * plugin; the host has them as dependencies.
 *
 * Without a usable camera the other side gets a moving test picture, clearly no person, and the
 * sender is told why.
 */
export const defaultServices = {
  storage: {
    firstOf: [
      { use: '@roomkey/storage-mongo', config: { uri: { env: 'MONGO_URI' } } },
      '@roomkey/storage-json',
    ],
  },
  camera: {
    firstOf: ['@roomkey/camera-browser', '@roomkey/camera-opencv', '@roomkey/camera-pattern'],
  },
  audio: { firstOf: ['@roomkey/audio-browser', '@roomkey/audio-command'] },
  transport: '@roomkey/transport-tcp',
  discovery: { allOf: ['@roomkey/discovery-udp'] },
  cipher: '@roomkey/cipher-aes-gcm',
} satisfies Record<ServiceKind, ServiceChoice>;
