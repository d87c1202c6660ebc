/** The messages between page and app, independent of the transport. */
export * from './binary.js';
export type * from './events.js';
export * from './channel-endpoint.js';
export * from './buffered-listener.js';
export * from './page-key.js';
export type * from './port.js';
export * from './requests.js';
export * from './settings.js';
