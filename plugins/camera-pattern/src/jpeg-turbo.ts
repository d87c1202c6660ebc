import type JpegTurbo from '@julusian/jpeg-turbo';
import { RoomkeyError } from '@roomkey/core';

/**
 * The JPEG library, loaded on first use.
 *
 * @throws RoomkeyError `RK_PLUGIN_UNAVAILABLE` where it has no binary for this system.
 */
export async function loadJpegTurbo(): Promise<typeof JpegTurbo> {
  try {
    return (await import('@julusian/jpeg-turbo')).default;
  } catch (cause) {
    throw new RoomkeyError(
      'RK_PLUGIN_UNAVAILABLE',
      `The test picture needs @julusian/jpeg-turbo, which has no binary for ${process.platform}-${process.arch}. Run \`npm rebuild @julusian/jpeg-turbo\` once, with CMake and a C++ compiler installed, or choose another camera.`,
      { cause },
    );
  }
}
