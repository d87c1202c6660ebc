import { z } from 'zod';

const sizeSchema = z.int().min(1).max(100_000);
const placeSchema = z.int().min(-100_000).max(100_000);

/** A place on the desktop, in device-independent pixels. */
const boundsSchema = z.strictObject({
  x: placeSchema,
  y: placeSchema,
  width: sizeSchema,
  height: sizeSchema,
});
type Bounds = z.infer<typeof boundsSchema>;

const windowStateSchema = z.strictObject({ bounds: boundsSchema, isMaximized: z.boolean() });

/** Where the window was when it was closed. */
type WindowState = z.infer<typeof windowStateSchema>;

/** The smallest size of the window, in device-independent pixels. */
export const MINIMUM_SIZE = { width: 480, height: 400 };

/** Its size the first time. */
export const DEFAULT_SIZE = { width: 1100, height: 720 };

/** What can be taken hold of: so much of the window's top must be on a display, in pixels. */
const GRIP = { width: 120, height: 30 };

/**
 * Where the window opens: where it was, if that is still on a display and fits there.
 *
 * @param text what was kept, as JSON; anything else counts as nothing
 * @param displays the areas of the displays without their bars
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

/** What is kept, as JSON. */
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
