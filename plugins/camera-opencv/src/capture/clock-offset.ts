import { captureTime } from '@roomkey/core';

/**
 * How far this process's capture clock is ahead of the machine-wide monotonic clock, ms. The wall
 * clock may have been set between the starts of two processes.
 */
export function clockOffset(): number {
  return captureTime() - Number(process.hrtime.bigint()) / 1e6;
}
