import { fileURLToPath } from 'node:url';

/** Folder of the built UI; the path holds from `src` and from `dist`. */
export const UI_FOLDER = fileURLToPath(new URL('../dist/ui', import.meta.url));
