import { Canvas, type Color } from './canvas.js';
import { COLUMNS, ROWS, encodeCode, stripTop, type PatternReading } from './pattern-code.js';
import { ClockOverlay } from './clock-overlay.js';

/** Color bars at 75 %, by decreasing brightness (SMPTE EG 1). */
const BARS: readonly Color[] = [
  [191, 191, 191],
  [191, 191, 0],
  [0, 191, 191],
  [0, 191, 0],
  [191, 0, 191],
  [191, 0, 0],
  [0, 0, 191],
];
const BLACK: Color = [0, 0, 0];
const WHITE: Color = [255, 255, 255];
const RUNNER: Color = [230, 140, 20];
/** Time of the square across and back, ms. */
const LAP = 4000;

/**
 * Renders the test picture into reused memory: color bars, a clock, a square that moves along a
 * gray gradient, and the code. Draws only the differences from the previous picture.
 */
export class TestPatternRenderer {
  readonly #canvas: Canvas;
  readonly #background: Canvas;
  readonly #clock: ClockOverlay | undefined;
  readonly #codeTop: number;
  readonly #laneTop: number;
  /** Side length of the square, pixels. */
  readonly #runner: number;
  #runnerX = 0;
  #code: Buffer | undefined;

  constructor(width: number, height: number) {
    this.#codeTop = stripTop(width, height);
    this.#laneTop = Math.floor(this.#codeTop * 0.7);
    this.#runner = Math.floor((this.#codeTop - this.#laneTop) * 0.6);
    this.#canvas = new Canvas(width, height);
    BARS.forEach((color, index) => {
      const x = Math.floor((index * width) / BARS.length);
      const end = Math.floor(((index + 1) * width) / BARS.length);
      this.#canvas.fill(x, 0, end - x, this.#laneTop, color);
    });
    this.#canvas.fillColumns(0, this.#laneTop, width, this.#codeTop - this.#laneTop, (column) => {
      const gray = Math.round((column * 255) / (width - 1));
      return [gray, gray, gray];
    });
    this.#clock = ClockOverlay.fitting(this.#canvas, this.#laneTop);
    this.#background = new Canvas(width, height);
    this.#background.copy(this.#canvas, 0, 0, width, height);
  }

  /**
   * Renders the next picture.
   *
   * @returns RGB, 3 bytes per pixel; overwritten by the next call
   */
  render(reading: PatternReading): Buffer {
    this.#clock?.draw(new Date(reading.time));
    this.#moveRunner(reading.time);
    if (this.#codeTop < this.#canvas.height) this.#drawCode(encodeCode(reading));
    return this.#canvas.pixels;
  }

  #moveRunner(time: number): void {
    const y = this.#laneTop + Math.floor(this.#runner / 3);
    const side = this.#runner;
    this.#canvas.copy(this.#background, this.#runnerX, y, side, side);
    const way = Math.abs(((time % LAP) / LAP) * 2 - 1);
    this.#runnerX = Math.round(way * (this.#canvas.width - side));
    this.#canvas.fill(this.#runnerX, y, side, side, RUNNER);
  }

  #drawCode(code: Buffer): void {
    const { width, height } = this.#canvas;
    const top = this.#codeTop;
    const drawn = this.#code;
    const x = (column: number) => Math.floor((column * width) / COLUMNS);
    const y = (row: number) => top + Math.floor((row * (height - top)) / ROWS);
    for (let cell = 0; cell < COLUMNS * ROWS; cell++) {
      const bit = bitOf(code, cell);
      if (drawn !== undefined && bitOf(drawn, cell) === bit) continue;
      const column = cell % COLUMNS;
      const row = Math.floor(cell / COLUMNS);
      const [left, upper] = [x(column), y(row)];
      const size = [x(column + 1) - left, y(row + 1) - upper] as const;
      this.#canvas.fill(left, upper, ...size, bit ? WHITE : BLACK);
    }
    this.#code = code;
  }
}

function bitOf(bytes: Buffer, index: number): boolean {
  return ((bytes[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0;
}
