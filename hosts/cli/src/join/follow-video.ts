import type { Call, NumberedVideoUnit } from '@roomkey/core/host';

/**
 * Passes the frames of the other side's camera to `onPicture`, or those of their screen while their
 * camera is off.
 *
 * @param onPicture must call `taken` once it has written or skipped the frame; until then the other
 * side waits
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
