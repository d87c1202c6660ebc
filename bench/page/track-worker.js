// Draws a track as the player draws: the newest picture, on the animation frame.
import { Painter } from '../../hosts/desktop/src/ui/video/painter.ts';
import './probe.js';

let next;

async function draw(canvas, readable) {
  const painter = new Painter(canvas);
  const show = () => {
    painter.draw(next);
    next = undefined;
  };
  for await (const image of readable) {
    const sketch = await painter.prepare({ image });
    if (next === undefined) requestAnimationFrame(show);
    else painter.discard(next);
    next = sketch;
  }
}

onmessage = ({ data: { canvas, readable } }) => void draw(canvas, readable);
