import { InvalidArgumentError } from 'commander';

/** Parses a number above 0 for an option. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0) {
    throw new InvalidArgumentError('It must be a number above 0.');
  }
  return value;
}

/** A whole number above 0. */
export function positiveInteger(text: string): number {
  const value = positiveNumber(text);
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('It must be a whole number.');
  return value;
}

/** A whole number in a range. */
export function integerBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = positiveInteger(text);
    if (value < min || value > max) {
      throw new InvalidArgumentError(`It must be between ${min} and ${max}.`);
    }
    return value;
  };
}
