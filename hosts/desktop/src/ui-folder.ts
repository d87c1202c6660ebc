import { fileURLToPath } from 'node:url';

/** Where the built UI lies, as seen from the sources and from the build. */
export const UI_FOLDER = fileURLToPath(new URL('../dist/ui', import.meta.url));
