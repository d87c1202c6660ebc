/**
 * The desktop app. Opens its page in Electron, in a browser window or in a tab.
 *
 * @packageDocumentation
 */
export { launchDesktop, type LaunchOptions, type Opened } from './launch/index.js';
