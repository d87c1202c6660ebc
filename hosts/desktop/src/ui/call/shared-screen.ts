import type { CameraView, ResultOf, Settings } from '../../messages/index.js';

/** Whether the device that runs, or that would be started, is a screen; false until that is known. */
export function isScreen(
  camera: CameraView,
  settings: Settings | undefined,
  devices: ResultOf<'camera.devices'> = [],
): boolean {
  const id = ('deviceId' in camera ? camera.deviceId : undefined) ?? settings?.deviceId;
  return devices.some((device) => device.id === id && device.kind === 'screen');
}
