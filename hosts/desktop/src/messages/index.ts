/** The one definition of what page and app say to each other, over whatever carries it. */
export * from './binary.js';
export type * from './events.js';
export * from './channel-endpoint.js';
export * from './buffered-listener.js';
export * from './page-key.js';
export type * from './port.js';
export * from './requests.js';
export * from './settings.js';
