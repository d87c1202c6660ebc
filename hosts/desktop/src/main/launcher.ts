import { WINDOW_IS_OPEN } from '../launch/run-electron.js';

/** Tells `roomkey desktop`, where that started us, that there is a window. */
export function notifyWindowOpen(): void {
  process.send?.(WINDOW_IS_OPEN);
}

/** Has `listener` called when `roomkey desktop` is gone, where that started us. */
export function onLauncherGone(listener: () => void): void {
  process.once('disconnect', listener);
}
