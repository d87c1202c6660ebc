import { RoomkeyError } from '@roomkey/core';

export function notAVideo(path: string): RoomkeyError {
  return new RoomkeyError(
    'RK_CAMERA_FAILED',
    `${path} is not a video that OpenCV can read. Try another file; \`ffprobe\` tells what it holds.`,
  );
}

export function lost(message: string, cause?: unknown): RoomkeyError {
  return new RoomkeyError('RK_CAMERA_LOST', message, { cause });
}
