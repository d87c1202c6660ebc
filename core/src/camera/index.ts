export { checkCaptureRequest, checkQuality } from './capture-request.js';
export { captureTime } from './capture-time.js';
export { FittingQuality, MAX_FRAME_BYTES } from './fitting-quality.js';
export { FrameLoop, type FrameLoopOptions } from './frame-loop.js';
export { Pacer } from './pacer.js';
