import { resolve } from 'node:path';
import {
  expandHome,
  redactUrls,
  RoomkeyError,
  withService,
  type LoadedConfig,
} from '@roomkey/core/host';

/** What `--camera` asks for. */
export interface CameraOption {
  /** The plugin that has it; absent: the one that the configuration chooses. */
  readonly plugin?: string;
  /** The device that it is to open; absent: its first. */
  readonly device?: string;
}

const OPENCV = '@roomkey/camera-opencv';

/**
 * Reads `--camera`: nothing for the configuration's choice, `pattern`, `opencv`, `opencv:DEVICE`, or what OpenCV opens besides devices:
 * `file:PATH`, `url:URL`, `pipeline:PIPELINE`.
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

/** The configuration with the camera that was asked for in place of the one it names. */
export function withCamera(config: LoadedConfig, { plugin, device }: CameraOption): LoadedConfig {
  if (plugin === undefined) return config;
  return withService(config, 'camera', {
    use: plugin,
    ...(device !== undefined && { config: { device } }),
  });
}
