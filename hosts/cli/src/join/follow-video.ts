import type { Call, NumberedVideoUnit } from '@roomkey/core/host';

/**
 * Passes the frames of the other side's camera to `onPicture`, or those of their screen while their
 * camera is off.
 *
 * @param onPicture must call `consumed` once it has written or skipped the frame; until then the other
 * side waits
 */
export function followVideo(
  call: Call,
  onPicture: (picture: NumberedVideoUnit, consumed: () => void) => void,
): void {
  call.on('track', (track) =>
    track.setSink({
      onUnit: (unit, _bytes, consumed) => {
        if (track.kind === 'screen' && call.tracks.has('camera')) consumed();
        else onPicture(unit, consumed);
      },
    }),
  );
}
