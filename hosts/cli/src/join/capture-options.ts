import { InvalidArgumentError, Option, type Command } from 'commander';
import { integerBetween } from './numbers.js';

const MIN_SIDE = 16;
const MAX_WIDTH = 7_680;
const MAX_HEIGHT = 4_320;
const SIZES = `${MIN_SIDE}x${MIN_SIDE} to ${MAX_WIDTH}x${MAX_HEIGHT}`;

/** The capture settings of the command line. */
export interface CaptureOptions {
  readonly size: { readonly width: number; readonly height: number };
  readonly fps: number;
  readonly quality: number;
}

/** Adds the options for the capture settings. */
export function captureOptions(command: Command): void {
  command
    .addOption(
      new Option('--size <WxH>', `video size in pixels, ${SIZES}`)
        .argParser(parseSize)
        .default({ width: 1280, height: 720 }, '1280x720'),
    )
    .option('--fps <rate>', 'frames per second, 1 to 120', integerBetween(1, 120), 30)
    .option('--quality <1-100>', 'JPEG quality', integerBetween(1, 100), 80);
}

function parseSize(text: string): CaptureOptions['size'] {
  const [width = 0, height = 0] = (/^(\d+)x(\d+)$/.exec(text) ?? []).slice(1).map(Number);
  const fits = Math.min(width, height) >= MIN_SIDE && width <= MAX_WIDTH && height <= MAX_HEIGHT;
  if (!fits) {
    throw new InvalidArgumentError(`It must be WIDTHxHEIGHT, ${SIZES}, such as 1280x720.`);
  }
  return { width, height };
}
