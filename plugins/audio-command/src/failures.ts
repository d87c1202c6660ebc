import { hasErrno, RoomkeyError, systemReason } from '@roomkey/core';

/** Why a file cannot be used. */
export function fileFailure(path: string, use: 'read' | 'written', cause: unknown): RoomkeyError {
  if (hasErrno(cause, 'ENOENT')) {
    const what = use === 'read' ? `no file ${path}` : `no folder for ${path}`;
    return new RoomkeyError('RK_AUDIO_NOT_FOUND', `There is ${what}. Check the path.`, { cause });
  }
  return new RoomkeyError(
    hasErrno(cause, 'EACCES', 'EPERM') ? 'RK_AUDIO_DENIED' : 'RK_AUDIO_FAILED',
    `The file ${path} cannot be ${use}: ${systemReason(cause)}. Change its permissions, or choose another file.`,
    { cause },
  );
}

/** Why a file is no sound that can be played. */
export function notPlayable(path: string, reason: string): RoomkeyError {
  return new RoomkeyError(
    'RK_AUDIO_FAILED',
    `The file ${path} cannot be played: ${reason}. Roomkey plays WAV files of 16-bit PCM; make one with: ffmpeg -i FILE -c:a pcm_s16le talk.wav.`,
  );
}
