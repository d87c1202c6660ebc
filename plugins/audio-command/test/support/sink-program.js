/** A loudspeaker for tests: takes everything, and writes it to a file if one is named. */
import { createWriteStream } from 'node:fs';
import { endWith } from './end-with.js';

const [end, file] = process.argv.slice(2);
endWith(end);
if (file === undefined) process.stdin.resume().on('end', () => process.exit());
else process.stdin.pipe(createWriteStream(file)).on('close', () => process.exit());
