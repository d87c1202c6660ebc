export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * The size of a picture that fits into a larger one in its own proportions, and is never enlarged.
 *
 * @param multiple each side is one of it: 2 where colour is kept at half the resolution
 */
export function scaleToFit(picture: Size, into: Size, multiple: 1 | 2): Size {
  const scale = Math.min(1, into.width / picture.width, into.height / picture.height);
  const side = (length: number): number => {
    const scaled = Math.round(length * scale);
    return Math.max(multiple, scaled - (scaled % multiple));
  };
  return { width: side(picture.width), height: side(picture.height) };
}
