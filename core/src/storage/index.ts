export * from './copy-storage.js';
export * from './monitored-storage.js';
