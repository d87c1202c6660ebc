// `npm run setup`: only the setup that `npm start` and `npm test` begin with.
import { setUp } from './lib/set-up.js';

process.exitCode = (await setUp()) ? 0 : 1;
