import type { DesktopApp } from '../../src/app/index.js';

/** Waits until so many pages are open: for a change, not for what is there already. */
export async function waitForPageCount(
  app: Pick<DesktopApp, 'onPages'>,
  wanted: number,
): Promise<void> {
  await new Promise<void>((resolve) => {
    const stop = app.onPages((count) => {
      if (count !== wanted) return;
      stop();
      resolve();
    });
  });
}
