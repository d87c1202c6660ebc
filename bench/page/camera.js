// Takes the place of this page's camera: a canvas on which the clip is painted, each picture with its
// number, so that whoever draws it can be asked which one it was.
import { HEIGHT, paintClip, WIDTH } from './clip.js';
import { paintCode } from './code.js';
import { now } from './time.js';

/** Slightly less than 30 a second: pictures come at every phase of the screen's in turn. */
const INTERVAL_MS = 1000 / 29.75;

const canvas = document.createElement('canvas');
canvas.width = WIDTH;
canvas.height = HEIGHT;
const context = canvas.getContext('2d', { alpha: false });

let number = 0;
let tracks = [];
let timer;
/** Number and time, ms since 1970, of each picture that was painted. */
export let painted = [];

export function openCamera() {
  const stream = canvas.captureStream(0);
  tracks.push(stream.getVideoTracks()[0]);
  return stream;
}

export function startPainting() {
  let due = performance.now();
  const paint = () => {
    number = (number + 1) % 2 ** 16;
    paintClip(context, number);
    paintCode(context, number);
    painted.push([number, now()]);
    tracks = tracks.filter(({ readyState }) => readyState === 'live');
    for (const track of tracks) track.requestFrame();
    due = Math.max(due + INTERVAL_MS, performance.now());
    timer = setTimeout(paint, due - performance.now());
  };
  paint();
}

export function stopPainting() {
  clearTimeout(timer);
}

export function forgetPainted() {
  painted = [];
}

navigator.mediaDevices.getUserMedia = () => Promise.resolve(openCamera());
