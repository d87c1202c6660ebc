// Opens the store for the writers of test/support/storage-stress.
import { JsonStorage } from '../dist/json-storage.js';

const nothing = () => undefined;
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** @param {{ folder: string }} options */
export const open = ({ folder }) => new JsonStorage(folder, logger);
