import type { Call, NumberedVideoUnit } from '@roomkey/core/host';

/**
 * Gives the pictures of the other side's camera to `onPicture`, or those of their screen while their
 * camera is off.
 *
 * @param onPicture calls `taken` once it has written the picture or skipped it: the other side waits
 * for that
 */
export function followVideo(
  call: Call,
  onPicture: (picture: NumberedVideoUnit, taken: () => void) => void,
): void {
  call.on('track', (track) =>
    track.setSink({
      onUnit: (unit, _bytes, taken) => {
        if (track.kind === 'screen' && call.tracks.has('camera')) taken();
        else onPicture(unit, taken);
      },
    }),
  );
}
