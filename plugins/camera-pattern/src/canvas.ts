export type Color = readonly [red: number, green: number, blue: number];

/** An RGB picture, 3 bytes per pixel, row by row. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly pixels: Buffer;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.pixels = Buffer.alloc(width * height * 3);
  }

  /** Fills a rectangle; coordinates are whole pixels inside the picture. */
  fill(x: number, y: number, width: number, height: number, [red, green, blue]: Color): void {
    this.fillColumns(x, y, width, height, () => [red, green, blue]);
  }

  /** Fills a rectangle, with one color per column. */
  fillColumns(
    x: number,
    y: number,
    width: number,
    height: number,
    color: (column: number) => Color,
  ): void {
    const { pixels } = this;
    const stride = this.width * 3;
    const first = y * stride + x * 3;
    for (let column = 0, at = first; column < width; column++) {
      const [red, green, blue] = color(column);
      pixels[at++] = red;
      pixels[at++] = green;
      pixels[at++] = blue;
    }
    for (let row = 1; row < height; row++) {
      pixels.copyWithin(first + row * stride, first, first + width * 3);
    }
  }

  /** Copies a rectangle from a picture of the same size. */
  copy(from: Canvas, x: number, y: number, width: number, height: number): void {
    for (let row = y; row < y + height; row++) {
      const start = (row * this.width + x) * 3;
      from.pixels.copy(this.pixels, start, start, start + width * 3);
    }
  }
}
