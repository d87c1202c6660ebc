import type { DesktopApp } from '../../src/app/index.js';

/** Waits until the number of open pages changes to `wanted`. */
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
