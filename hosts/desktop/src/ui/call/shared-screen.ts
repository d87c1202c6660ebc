import type { CameraView, ResultOf, Settings } from '../../messages/index.js';

/**
 * Whether the running device, or the one that would start, is a screen; false while the devices are
 * unknown.
 */
export function isScreen(
  camera: CameraView,
  settings: Settings | undefined,
  devices: ResultOf<'camera.devices'> = [],
): boolean {
  const id = ('deviceId' in camera ? camera.deviceId : undefined) ?? settings?.deviceId;
  return devices.some((device) => device.id === id && device.kind === 'screen');
}
