// What the benchmark has a page do, over `window.bench`. The ways of a picture to the screen are the
// app's own, through camera-browser, two programs and the player; the page's alone; and WebRTC's.
import { openClient } from '../../hosts/desktop/src/ui/client/index.ts';
import { createPlayer } from '../../hosts/desktop/src/ui/video/index.ts';
import * as camera from './camera.js';
import { compareCodecs } from './compare-codecs.js';
import * as webRtc from './web-rtc.js';

const client = await openClient();
camera.takeCamerasPlace();
const notices = [];
let drawn = [];
let received = { frames: 0, bytes: 0 };
let wakeUp = () => undefined;
let latestCall = null;
let rooms = [];

function canvas() {
  return document.body.appendChild(document.createElement('canvas'));
}

const player = createPlayer(canvas(), {
  onKeyFrameNeeded: () => void client.request('call.requestKeyFrame', {}),
});
client.onFrame((frame) => {
  received.frames += 1;
  received.bytes += frame.frame.data.length;
  player.push(frame);
});
client.onEvent((event) => {
  if (event.event === 'call') latestCall = event.call;
  if (event.event === 'rooms') rooms = event.reset ? [...event.rooms] : [...rooms, ...event.rooms];
  if (event.event === 'notice') notices.push(event.failure.message);
  wakeUp();
});
new BroadcastChannel('drawn').onmessage = ({ data }) => drawn.push(...data);

/** Waits for an event after which it is so. */
async function until(find) {
  for (;;) {
    const found = find();
    if (found) return found;
    await new Promise((resolve) => (wakeUp = resolve));
  }
}

function drawTrack(track) {
  const worker = new Worker(new URL('./track-worker.js', import.meta.url), { type: 'module' });
  const offscreen = canvas().transferControlToOffscreen();
  const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 });
  worker.postMessage({ canvas: offscreen, readable }, [offscreen, readable]);
  return () => {
    track.stop();
    worker.terminate();
  };
}

let stopDrawing = () => undefined;

window.bench = {
  compareCodecs,
  request: (method, params) => client.request(method, params),
  room: (name) => until(() => rooms.find((room) => room.name === name)).then(({ id }) => id),
  live: () => until(() => latestCall?.state.phase === 'live'),
  startPainting: camera.startPainting,
  stopPainting: camera.stopPainting,
  drawDirectly: () => {
    stopDrawing = drawTrack(camera.openCamera().getVideoTracks()[0]);
  },
  offer: () => webRtc.offer(camera.openCamera().getVideoTracks()[0]),
  answer: (sdp) => webRtc.answer(sdp, (track) => (stopDrawing = drawTrack(track))),
  accept: webRtc.accept,
  stop: () => {
    stopDrawing();
    stopDrawing = () => undefined;
    webRtc.hangUp();
  },
  forget: () => {
    camera.forgetPainted();
    drawn = [];
    received = { frames: 0, bytes: 0 };
  },
  seen: async () => ({
    painted: await camera.painted(),

    drawn,
    received,
    statistics: player.statistics(),
    notices,
  }),
  receivedBytes: webRtc.receivedBytes,
};
