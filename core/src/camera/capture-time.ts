/**
 * The clock of `VideoFrame.capturedAt`: milliseconds since 1970, with fractions, and never going
 * back while the process runs. `Date.now` has neither.
 */
export function captureTime(): number {
  return performance.timeOrigin + performance.now();
}
