export * from './camera.js';
export * from './cipher.js';
export * from './discovery.js';
export * from './logger.js';
export * from './options.js';
export * from './storage.js';
export * from './token.js';
export * from './transport.js';
