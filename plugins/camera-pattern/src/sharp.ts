import type Sharp from 'sharp';
import { RoomkeyError } from '@roomkey/core';

/**
 * Loads the image library on first use. It may read JPEG only.
 *
 * @throws RoomkeyError `RK_PLUGIN_UNAVAILABLE` if it has no binary for this system
 */
export async function loadSharp(): Promise<typeof Sharp> {
  try {
    const { default: sharp } = await import('sharp');
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({ operation: ['VipsForeignLoadJpegBuffer'] });
    // Its cache is useless here: no picture repeats.
    sharp.cache(false);
    return sharp;
  } catch (cause) {
    throw new RoomkeyError(
      'RK_PLUGIN_UNAVAILABLE',
      `The test picture needs the package sharp, which has no binary for ${process.platform}-${process.arch}. Install the packages again without --omit=optional, or choose a different camera.`,
      { cause },
    );
  }
}
