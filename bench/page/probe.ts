// Imported by every worker that draws: reports to the page which picture was drawn, and when.
import type { Drawn } from './bench-page.js';
import { readCode } from './code.js';
import { now } from './time.js';

const channel = new BroadcastChannel('drawn');
let drawn: Drawn[] = [];

const prototype = OffscreenCanvasRenderingContext2D.prototype;
const drawing = Object.getOwnPropertyDescriptors(prototype);
for (const method of ['drawImage', 'putImageData'] as const) {
  const draw: (...args: never[]) => void = drawing[method].value!;
  prototype[method] = function (this: OffscreenCanvasRenderingContext2D, ...args: never[]) {
    draw.apply(this, args);
    // Reading takes time, and must not count as time of the drawing.
    queueMicrotask(() => drawn.push([readCode(this), now()]));
  };
}

setInterval(() => {
  if (drawn.length > 0) channel.postMessage(drawn);
  drawn = [];
}, 200);
