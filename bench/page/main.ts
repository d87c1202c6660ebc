// The page's functions for the benchmark. A picture gets to the screen in one of three ways: through
// the app, with camera-browser, two programs and the player; within the page; or by WebRTC. Sound goes
// through the app, or by WebRTC.
import type { CallView, ListedRoom } from '../../hosts/desktop/src/messages/index.js';
import { openClient } from '../../hosts/desktop/src/ui/client/index.js';
import { createPlayer, type Player } from '../../hosts/desktop/src/ui/video/index.js';
import { MediaStreamTrackProcessor } from '../../plugins/camera-browser/src/page/track-processor.js';
import type { BenchPage, Drawn } from './bench-page.js';
import { PaintedCamera } from './camera.js';
import { encodeClip } from './encode-clip.js';
import { PageSound } from './sound.js';
import type { ToTrackWorker } from './track-worker.js';
import { WebRtcEnd } from './web-rtc.js';

declare global {
  interface Window {
    bench: BenchPage;
  }
}

const client = await openClient();
const camera = new PaintedCamera();
const sound = new PageSound();
const notices: string[] = [];
let drawn: Drawn[] = [];
let received = { units: 0, bytes: 0 };
let wakeUp: () => void = () => undefined;
let latestCall: CallView | null = null;
let rooms: readonly ListedRoom[] = [];

function canvas(): HTMLCanvasElement {
  return document.body.appendChild(document.createElement('canvas'));
}

let player: Player | undefined;

function openPlayer(): Player {
  return createPlayer(canvas(), {
    onKeyFrameNeeded: () => void client.request('call.requestKeyFrame', { track: 'camera' }),
    onConsumed: (number) => client.consumeUnit('camera', number),
  });
}

client.onUnit(({ unit }) => {
  received.units += 1;
  received.bytes += unit.data.length;
  // Units count from 0 in each stream, and each stream gets its own player, as in the app.
  if (unit.number === 0) {
    player?.close();
    player = openPlayer();
  }
  player?.push(unit);
});
client.onEvent((event) => {
  if (event.event === 'call') latestCall = event.call;
  if (event.event === 'rooms') rooms = event.reset ? event.rooms : [...rooms, ...event.rooms];
  if (event.event === 'notice') notices.push(event.failure.message);
  wakeUp();
});
new BroadcastChannel('drawn').onmessage = ({ data }: MessageEvent<readonly Drawn[]>) =>
  drawn.push(...data);

/** Waits until `find` returns a value, and calls it after each event. Only one call at a time. */
async function until<T>(find: () => T | undefined): Promise<T> {
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    await new Promise<void>((resolve) => (wakeUp = resolve));
  }
}

/** @returns a function that stops it */
function drawTrack(track: MediaStreamTrack): () => void {
  if (MediaStreamTrackProcessor === undefined) {
    throw new Error('This browser cannot read the pictures of a track.');
  }
  const worker = new Worker(new URL('./track-worker.ts', import.meta.url), { type: 'module' });
  const offscreen = canvas().transferControlToOffscreen();
  const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 });
  worker.postMessage({ canvas: offscreen, readable } satisfies ToTrackWorker, [
    offscreen,
    readable,
  ]);
  return () => {
    track.stop();
    worker.terminate();
  };
}

let stopDrawing: (() => void) | undefined;
let webRtc: WebRtcEnd | undefined;

window.bench = {
  encodeClip,
  request: (method, params) => client.request(method, params),
  room: (name) => until(() => rooms.find((room) => room.name === name)?.id),
  letIn: async () => {
    const { id } = await until(() => latestCall?.knocks[0]);
    await client.request('call.letIn', { id });
  },
  live: async () => {
    await until(() => (latestCall?.state.phase === 'live' ? latestCall : undefined));
  },
  startPainting: () => camera.send('start'),
  stopPainting: () => camera.send('stop'),
  drawDirectly: () => {
    stopDrawing = drawTrack(camera.open());
  },
  offer: () => {
    webRtc = new WebRtcEnd();
    return webRtc.offer(camera.open());
  },
  answer: (sdp) => {
    webRtc = new WebRtcEnd();
    return webRtc.answer(sdp, (track) => (stopDrawing = drawTrack(track)));
  },
  accept: async (sdp, bitsASecond) => {
    if (webRtc === undefined) throw new Error('There was no offer.');
    await webRtc.accept(sdp, bitsASecond);
  },
  receivedBytes: async () => (await webRtc?.receivedBytes()) ?? 0,
  stop: () => {
    stopDrawing?.();
    stopDrawing = undefined;
    webRtc?.close();
    webRtc = undefined;
  },
  offerSound: () => sound.offer(),
  answerSound: (sdp) => sound.answer(sdp),
  acceptSound: (sdp) => sound.accept(sdp),
  stopSound: () => sound.stop(),
  concealment: () => sound.concealment(),
  forgetSound: () => sound.forget(),
  heard: () => sound.heard,
  forget: () => {
    camera.send('forget');
    drawn = [];
    received = { units: 0, bytes: 0 };
  },
  seen: async () => ({ painted: await camera.painted(), drawn, received, notices }),
};
