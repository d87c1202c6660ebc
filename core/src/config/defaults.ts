import type { ServiceChoice, ServiceKind } from './schema.js';

/**
 * What is used where the configuration says nothing, and what `roomkey config init` writes. Names
 * only: core imports no plugin, and the host whose dependencies they are finds them.
 *
 * Where no camera can be used the other side gets a moving test picture, which nobody takes for a
 * person, and the one who sends it is told why.
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
  transport: '@roomkey/transport-tcp',
  discovery: { allOf: ['@roomkey/discovery-udp'] },
  cipher: '@roomkey/cipher-aes-gcm',
} satisfies Record<ServiceKind, ServiceChoice>;
