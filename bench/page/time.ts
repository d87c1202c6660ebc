/** Milliseconds since 1970, with fractions; pages and workers of one browser agree on it. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}
