export { AudioCapture, type AudioEncoder } from './audio-capture.js';
export { AudioPlayer, type AudioDecoder } from './audio-player.js';
export { checkVolume, requestedUnitMs } from './audio-request.js';
export { AudioUnitQueue, MAX_BACKLOG_MS } from './audio-unit-queue.js';
