/**
 * The desktop app: opens its page in Electron, in a browser's window or in a tab.
 *
 * @packageDocumentation
 */
export { launchDesktop, type LaunchOptions, type Opened } from './launch/index.js';
