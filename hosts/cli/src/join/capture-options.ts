import { InvalidArgumentError, Option, type Command } from 'commander';
import { integerBetween } from './numbers.js';

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
      new Option('--size <WxH>', 'video size in pixels')
        .argParser(parseSize)
        .default({ width: 1280, height: 720 }, '1280x720'),
    )
    .option('--fps <rate>', 'frames per second', integerBetween(1, 120), 30)
    .option('--quality <1-100>', 'JPEG quality', integerBetween(1, 100), 80);
}

function parseSize(text: string): CaptureOptions['size'] {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(text) ?? [];
  if (width === undefined || height === undefined) {
    throw new InvalidArgumentError('It must have the form 1280x720.');
  }
  return { width: integerBetween(16, 7_680)(width), height: integerBetween(16, 4_320)(height) };
}
