export { checkCaptureRequest, checkQuality } from './capture-request.js';
export { captureTime } from './capture-time.js';
export { QualityLimiter, MAX_FRAME_BYTES } from './quality-limiter.js';
export { FrameLoop, type FrameLoopOptions } from './frame-loop.js';
export { IntervalPacer } from './interval-pacer.js';
