import type { CameraView, Settings } from '../../messages/index.js';

/** What `camera-browser` calls the screen. */
export const SCREEN = 'screen';

/** Whether it is the screen that is shown, or about to be. */
export function sharesScreen(camera: CameraView, settings: Settings | undefined): boolean {
  if (camera.kind !== 'on' && camera.kind !== 'starting') return false;
  return (camera.deviceId ?? settings?.deviceId) === SCREEN;
}
