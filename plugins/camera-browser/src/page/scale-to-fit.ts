export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Scales a size down to fit into another one, keeping the aspect ratio; never enlarges it.
 *
 * @param multiple rounds each side down to a multiple: 2 for codecs with chroma at half resolution
 */
export function scaleToFit(picture: Size, into: Size, multiple: 1 | 2): Size {
  const scale = Math.min(1, into.width / picture.width, into.height / picture.height);
  const side = (length: number): number => {
    const scaled = Math.round(length * scale);
    return Math.max(multiple, scaled - (scaled % multiple));
  };
  return { width: side(picture.width), height: side(picture.height) };
}
