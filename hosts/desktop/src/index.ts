export type { Settings } from './messages/index.js';
