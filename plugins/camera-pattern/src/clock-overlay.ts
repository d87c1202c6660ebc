import type { Canvas, Color } from './canvas.js';

/** Glyphs of 3 × 5 units, one number per row, most significant bit left. */
const GLYPHS: Readonly<Record<string, readonly number[]>> = {
  '0': [7, 5, 5, 5, 7],
  '1': [2, 6, 2, 2, 7],
  '2': [7, 1, 7, 4, 7],
  '3': [7, 1, 3, 1, 7],
  '4': [5, 5, 7, 1, 1],
  '5': [7, 4, 7, 1, 7],
  '6': [7, 4, 7, 5, 7],
  '7': [7, 1, 1, 1, 1],
  '8': [7, 5, 7, 5, 7],
  '9': [7, 5, 7, 1, 7],
  ':': [0, 2, 0, 2, 0],
  '.': [0, 0, 0, 0, 2],
};
const TEXT_LENGTH = 'HH:MM:SS.mmm'.length;
/** In units: each character is 3 wide plus 1 between, with a margin of 2. */
const WIDTH = TEXT_LENGTH * 4 - 1 + 4;
const HEIGHT = 5 + 4;
const INK: Color = [240, 240, 240];
const PAPER: Color = [24, 24, 24];

/** Shows the time of day in the machine's time zone. */
export class ClockOverlay {
  readonly #canvas: Canvas;
  readonly #unit: number;
  readonly #x: number;
  readonly #y: number;
  #text = '';

  /** A clock in the middle above `bottom`; undefined if it would be too small to read. */
  static fitting(canvas: Canvas, bottom: number): ClockOverlay | undefined {
    const unit = Math.floor(Math.min((canvas.width * 0.6) / WIDTH, (bottom * 0.6) / HEIGHT));
    return unit < 2 ? undefined : new ClockOverlay(canvas, bottom, unit);
  }

  private constructor(canvas: Canvas, bottom: number, unit: number) {
    this.#canvas = canvas;
    this.#unit = unit;
    const x = Math.floor((canvas.width - WIDTH * unit) / 2);
    const y = Math.floor((bottom - HEIGHT * unit) / 2);
    canvas.fill(x, y, WIDTH * unit, HEIGHT * unit, PAPER);
    this.#x = x + 2 * unit;
    this.#y = y + 2 * unit;
  }

  draw(time: Date): void {
    const text = clockText(time);
    for (let index = 0; index < TEXT_LENGTH; index++) {
      const character = text.charAt(index);
      if (character !== this.#text.charAt(index)) this.#drawCharacter(index, character);
    }
    this.#text = text;
  }

  #drawCharacter(index: number, character: string): void {
    const unit = this.#unit;
    const x = this.#x + index * 4 * unit;
    this.#canvas.fill(x, this.#y, 3 * unit, 5 * unit, PAPER);
    GLYPHS[character]?.forEach((bits, row) => {
      for (let column = 0; column < 3; column++) {
        if ((bits & (4 >> column)) === 0) continue;
        this.#canvas.fill(x + column * unit, this.#y + row * unit, unit, unit, INK);
      }
    });
  }
}

function clockText(time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const seconds = `${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, '0')}`;
  return `${two(time.getHours())}:${two(time.getMinutes())}:${seconds}`;
}
