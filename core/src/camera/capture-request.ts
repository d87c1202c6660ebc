import type { CaptureRequest } from '../contracts/camera.js';

/** @throws RangeError if a value is outside the ranges of `CaptureRequest` */
export function checkCaptureRequest(request: CaptureRequest): void {
  checkInteger('The width', request.width, 16, 7680);
  checkInteger('The height', request.height, 16, 4320);
  checkQuality(request.quality);
  if (!(request.fps >= 1 && request.fps <= 120)) {
    throw new RangeError(`The frame rate must be 1…120 frames per second, not ${request.fps}.`);
  }
}

/** @throws RangeError unless it is an integer from 1 to 100. */
export function checkQuality(quality: number): void {
  checkInteger('The quality', quality, 1, 100);
}

function checkInteger(what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`${what} must be an integer from ${least} to ${most}, not ${value}.`);
  }
}
