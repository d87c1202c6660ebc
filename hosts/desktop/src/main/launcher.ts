import { WINDOW_IS_OPEN } from '../launch/run-electron.js';

/** Tells `roomkey desktop`, if it started this process, that the window is open. */
export function notifyWindowOpen(): void {
  process.send?.(WINDOW_IS_OPEN);
}

/** Calls `listener` when `roomkey desktop`, if it started this process, is gone. */
export function onLauncherGone(listener: () => void): void {
  process.once('disconnect', listener);
}
