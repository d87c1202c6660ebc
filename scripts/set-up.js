// `npm run setup`: what `npm start` and `npm test` do first, and nothing else.
import { setUp } from './lib/set-up.js';

process.exitCode = (await setUp()) ? 0 : 1;
