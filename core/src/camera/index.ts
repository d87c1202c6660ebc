export { checkCaptureRequest, checkQuality } from './capture-request.js';
export { captureTime } from './capture-time.js';
export { QualityLimiter } from './quality-limiter.js';
export { CaptureLoop, type CaptureLoopOptions } from './capture-loop.js';
export { IntervalPacer, type PacerClock } from './interval-pacer.js';
