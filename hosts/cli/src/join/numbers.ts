import { InvalidArgumentError } from 'commander';

/** Parses a number above 0 for an option. */
export function positiveNumber(text: string): number {
  const value = parseNumber(text);
  if (!Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('It must be a number above 0.');
  }
  return value;
}

/** A whole number above 0. */
export function positiveInteger(text: string): number {
  const value = parseNumber(text);
  if (!Number.isSafeInteger(value) || value <= 0) {
    throw new InvalidArgumentError('It must be a whole number above 0.');
  }
  return value;
}

/** A whole number in a range. */
export function integerBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = parseNumber(text);
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** Unlike `Number`, no number for an empty text. */
function parseNumber(text: string): number {
  return text.trim() === '' ? NaN : Number(text);
}
