export * from './codes.js';
export * from './roomkey-error.js';
