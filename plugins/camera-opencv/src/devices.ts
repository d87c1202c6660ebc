import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RoomkeyError, type CameraDevice } from '@roomkey/core';

/** Message if there is no camera. */
export const NO_CAMERA =
  'There is no camera here. Connect one, or play a video in its place with file:PATH.';

/**
 * The cameras that can be listed without opening them, since opening turns on their lights. Linux
 * lists its devices; elsewhere the list is the system's default camera, which may not exist.
 *
 * @param platform as `process.platform`
 * @param folder where Linux lists its devices
 */
export async function listDevices(
  platform: NodeJS.Platform = process.platform,
  folder = '/sys/class/video4linux',
): Promise<readonly CameraDevice[]> {
  if (platform !== 'linux') return [{ id: '0', label: 'Default camera' }];
  const names = await readdir(folder).catch((error: unknown) => {
    // The folder is missing if no driver is loaded.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  const numbers = names
    .flatMap((name) => /^video(\d+)$/.exec(name)?.[1] ?? [])
    .sort((a, b) => Number(a) - Number(b));
  const devices: CameraDevice[] = [];
  for (const id of numbers) {
    const read = async (file: string) =>
      (await readFile(join(folder, `video${id}`, file), 'utf8')).trim();
    // A camera's further nodes provide metadata, not pictures.
    if ((await read('index')) === '0') devices.push({ id, label: await read('name') });
  }
  return devices;
}

/**
 * @throws RoomkeyError `RK_PLUGIN_UNAVAILABLE` if there are none, so that `firstOf` tries the next
 * plugin
 */
export function requireDevice(devices: readonly CameraDevice[]): void {
  if (devices.length === 0) throw new RoomkeyError('RK_PLUGIN_UNAVAILABLE', NO_CAMERA);
}
