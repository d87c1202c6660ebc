// Imported by every worker that draws: tells the page which picture was drawn, and when.
import { readCode } from './code.js';
import { now } from './time.js';

const channel = new BroadcastChannel('drawn');
let drawn = [];
const { drawImage } = OffscreenCanvasRenderingContext2D.prototype;

OffscreenCanvasRenderingContext2D.prototype.drawImage = function (...args) {
  drawImage.apply(this, args);
  // Reading waits until it is on the canvas.
  drawn.push([readCode(this), now()]);
};

setInterval(() => {
  if (drawn.length > 0) channel.postMessage(drawn);
  drawn = [];
}, 200);
