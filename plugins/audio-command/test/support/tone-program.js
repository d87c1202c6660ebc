/**
 * A microphone for tests: a steady 440 Hz as raw PCM, as fast as it is read, or at the pace of a sound
 * card with `live`. It ends when a file appears.
 */
import { endWith } from './end-with.js';

const [file, mode] = process.argv.slice(2);
endWith(file);

let at = 0;
/** @param {number} count */
function tone(count) {
  const chunk = Buffer.alloc(count * 2);
  for (let index = 0; index < count; index++, at++) {
    chunk.writeInt16LE(Math.round(10_000 * Math.sin((2 * Math.PI * 440 * at) / 48_000)), index * 2);
  }
  return chunk;
}

if (mode === 'live') {
  const start = performance.now();
  setInterval(() => {
    const due = Math.floor((performance.now() - start) * 48) - at;
    if (due > 0) process.stdout.write(tone(due));
  }, 25);
} else {
  const fill = () => {
    while (process.stdout.write(tone(4800)));
  };
  process.stdout.on('drain', fill);
  fill();
}
