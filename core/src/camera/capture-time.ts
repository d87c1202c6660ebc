/**
 * The clock of `VideoFrame.capturedAt`: milliseconds since 1970, with fractions, monotonic within
 * the process. `Date.now` is neither.
 */
export function captureTime(): number {
  return performance.timeOrigin + performance.now();
}
