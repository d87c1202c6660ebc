export * from './defaults.js';
export * from './environment.js';
export * from '../util/environment.js';
export * from './folders.js';
export * from './issues.js';
export * from './json-schema.js';
export * from './read-config.js';
export * from './schema.js';
export type { FileTrust } from './file-trust.js';
