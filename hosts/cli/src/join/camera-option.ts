import { resolve } from 'node:path';
import {
  expandHome,
  redactUrls,
  RoomkeyError,
  withService,
  type LoadedConfig,
} from '@roomkey/core/host';

/** The value of `--camera`. */
export interface CameraOption {
  /** The plugin; absent: the one of the configuration. */
  readonly plugin?: string;
  /** The device to open; absent: the plugin's first. */
  readonly device?: string;
}

const OPENCV = '@roomkey/camera-opencv';

/**
 * Parses `--camera`: absent for the configuration's choice, `pattern`, `opencv`, `opencv:DEVICE`, or
 * one of OpenCV's other sources, `file:PATH`, `url:URL` and `pipeline:PIPELINE`.
 *
 * @throws RoomkeyError `RK_CAMERA_NOT_FOUND` for anything else
 */
export function parseCameraOption(
  text: string | undefined,
  workingDirectory: string,
): CameraOption {
  if (text === undefined) return {};
  if (text === 'pattern') return { plugin: '@roomkey/camera-pattern' };
  if (text === 'opencv') return { plugin: OPENCV };
  const [, kind, rest] = /^(opencv|file|url|pipeline):(.+)$/s.exec(text) ?? [];
  if (kind === undefined || rest === undefined) {
    throw new RoomkeyError(
      'RK_CAMERA_NOT_FOUND',
      `There is no camera ${JSON.stringify(redactUrls(text))}. Use pattern, opencv, opencv:NUMBER, file:PATH, url:URL or pipeline:PIPELINE.`,
    );
  }
  if (kind === 'opencv') return { plugin: OPENCV, device: rest };
  const target = kind === 'file' ? resolve(workingDirectory, expandHome(rest)) : rest;
  return { plugin: OPENCV, device: `${kind}:${target}` };
}

/** The configuration with the camera of `--camera` in place of its own. */
export function withCamera(config: LoadedConfig, { plugin, device }: CameraOption): LoadedConfig {
  if (plugin === undefined) return config;
  return withService(config, 'camera', {
    use: plugin,
    ...(device !== undefined && { config: { device } }),
  });
}
