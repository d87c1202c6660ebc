import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { RoomkeyError, settleOrAbort } from '@roomkey/core';
import { notAVideo } from './capture/failures.js';
import type { Source } from './device-name.js';

/** Time limit for a server to accept a connection, ms. */
const CONNECT_LIMIT = 5000;

/**
 * Checks what is possible without OpenCV, whose errors have no details.
 *
 * @param platform as `process.platform`
 * @throws RoomkeyError `RK_CAMERA_NOT_FOUND`, `RK_CAMERA_DENIED`, `RK_CAMERA_FAILED`
 */
export async function checkSource(
  source: Source,
  signal: AbortSignal | undefined,
  platform: NodeJS.Platform = process.platform,
): Promise<void> {
  switch (source.kind) {
    case 'device':
      if (platform !== 'linux') break;
      await checkFile(`/dev/video${source.index}`, constants.R_OK | constants.W_OK, 'camera');
      break;
    case 'file':
      await checkFile(source.path, constants.R_OK, 'file');
      if (!(await stat(source.path)).isFile()) throw notAVideo(source.path);
      break;
    case 'url':
      await checkServer(new URL(source.href), signal);
      break;
    case 'pipeline':
  }
  signal?.throwIfAborted();
}

async function checkFile(path: string, mode: number, what: 'camera' | 'file'): Promise<void> {
  try {
    await access(path, mode);
  } catch (cause) {
    const denied = cause instanceof Error && 'code' in cause && cause.code === 'EACCES';
    throw denied
      ? new RoomkeyError(
          'RK_CAMERA_DENIED',
          `You have no permission to use the ${what} ${path}. ${what === 'camera' ? 'Join the group `video`' : 'Change its permissions'}, then try again.`,
          { cause },
        )
      : new RoomkeyError('RK_CAMERA_NOT_FOUND', `There is no ${what} ${path}. Check the name.`, {
          cause,
        });
  }
}

/** Whether a server listens: OpenCV would stand still for half a minute where none does. */
async function checkServer(url: URL, signal: AbortSignal | undefined): Promise<void> {
  const port = Number(url.port) || DEFAULT_PORTS[url.protocol];
  // A protocol without connections, such as udp: left to OpenCV.
  if (port === undefined) return;
  const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port });
  const limit = AbortSignal.timeout(CONNECT_LIMIT);
  const either = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  try {
    const connected = new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
    });
    await settleOrAbort(connected, either);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new RoomkeyError(
      'RK_CAMERA_NOT_FOUND',
      `No one answers at ${url.hostname}, port ${port}. Check that the camera is on, and its address.`,
      { cause },
    );
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'rtsp:': 554,
  'rtsps:': 322,
  'rtmp:': 1935,
};
