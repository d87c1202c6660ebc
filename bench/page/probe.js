// Imported by every worker that draws: tells the page which picture was drawn, and when.
import { readCode } from './code.js';
import { now } from './time.js';

const channel = new BroadcastChannel('drawn');
let drawn = [];

for (const method of ['drawImage', 'putImageData']) {
  const draw = OffscreenCanvasRenderingContext2D.prototype[method];
  OffscreenCanvasRenderingContext2D.prototype[method] = function (...args) {
    draw.apply(this, args);
    // Reading waits until it is on the canvas.
    drawn.push([readCode(this), now()]);
  };
}

setInterval(() => {
  if (drawn.length > 0) channel.postMessage(drawn);
  drawn = [];
}, 200);
