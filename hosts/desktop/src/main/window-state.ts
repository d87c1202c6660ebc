import { z } from 'zod';

const sizeSchema = z.int().min(1).max(100_000);
const placeSchema = z.int().min(-100_000).max(100_000);

/** Position and size, device-independent pixels. */
const boundsSchema = z.strictObject({
  x: placeSchema,
  y: placeSchema,
  width: sizeSchema,
  height: sizeSchema,
});
type Bounds = z.infer<typeof boundsSchema>;

const windowStateSchema = z.strictObject({ bounds: boundsSchema, isMaximized: z.boolean() });

/** State of the window when it was closed. */
type WindowState = z.infer<typeof windowStateSchema>;

/** Minimum window size, device-independent pixels. */
export const MINIMUM_SIZE = { width: 480, height: 400 };

/** Size of a window without a stored state. */
export const DEFAULT_SIZE = { width: 1100, height: 720 };

/**
 * The part of the title bar that must be visible on a display, so that the user can drag the
 * window, pixels.
 */
const GRIP = { width: 120, height: 30 };

/**
 * Restores the window's position, if it is still visible on a display.
 *
 * @param text stored state as JSON; anything invalid counts as none
 * @param displays work areas of the displays
 */
export function restoreWindow(
  text: string,
  displays: readonly Bounds[],
): { readonly bounds?: Bounds; readonly isMaximized: boolean } {
  const kept = windowStateSchema.safeParse(parse(text)).data;
  if (kept === undefined) return { isMaximized: false };
  const { bounds, isMaximized } = kept;
  const display = displays.find((area) => canBeHeld(bounds, area));
  if (display === undefined) return { isMaximized };
  const width = clamp(bounds.width, MINIMUM_SIZE.width, display.width);
  const height = clamp(bounds.height, MINIMUM_SIZE.height, display.height);
  return { bounds: { ...bounds, width, height }, isMaximized };
}

/** Serializes the window's state as JSON. */
export function serializeWindow(state: WindowState): string {
  return `${JSON.stringify(state)}\n`;
}

function canBeHeld(bounds: Bounds, area: Bounds): boolean {
  const left = Math.max(bounds.x, area.x);
  const right = Math.min(bounds.x + bounds.width, area.x + area.width);
  const isTopInside = bounds.y >= area.y && bounds.y + GRIP.height <= area.y + area.height;
  return right - left >= GRIP.width && isTopInside;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), Math.max(least, most));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
