import type Sharp from 'sharp';
import { RoomkeyError } from '@roomkey/core';

/**
 * The image library, loaded on first use. It reads JPEG and none of the other formats that it knows.
 *
 * @throws RoomkeyError `RK_PLUGIN_UNAVAILABLE` where it has no binary for this system.
 */
export async function loadSharp(): Promise<typeof Sharp> {
  try {
    const { default: sharp } = await import('sharp');
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({ operation: ['VipsForeignLoadJpegBuffer'] });
    // It would keep what it has worked on, and no picture comes twice.
    sharp.cache(false);
    return sharp;
  } catch (cause) {
    throw new RoomkeyError(
      'RK_PLUGIN_UNAVAILABLE',
      `The test picture needs the package sharp, which has no binary here for ${process.platform}-${process.arch}. Install the packages again without --omit=optional, or choose another camera.`,
      { cause },
    );
  }
}
