import { captureTime } from '@roomkey/core';

/**
 * How far this process's capture clock is ahead of the monotonic one that all processes of a machine
 * share, ms. The wall clock may have been set between the starts of two processes.
 */
export function clockOffset(): number {
  return captureTime() - Number(process.hrtime.bigint()) / 1e6;
}
