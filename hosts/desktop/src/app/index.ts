/** The app behind the page: `createApp`. */
export { createApp, type AppOptions, type DesktopApp } from './create-app.js';
