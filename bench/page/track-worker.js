// Draws a track as the player draws: the newest picture, on the animation frame.
import './probe.js';

let next;

async function draw(canvas, readable) {
  const context = canvas.getContext('2d', { alpha: false, desynchronized: true });
  const show = () => {
    if (canvas.width !== next.displayWidth || canvas.height !== next.displayHeight) {
      canvas.width = next.displayWidth;
      canvas.height = next.displayHeight;
    }
    context.drawImage(next, 0, 0);
    next.close();
    next = undefined;
  };
  for await (const picture of readable) {
    if (next === undefined) requestAnimationFrame(show);
    else next.close();
    next = picture;
  }
}

onmessage = ({ data: { canvas, readable } }) => void draw(canvas, readable);
