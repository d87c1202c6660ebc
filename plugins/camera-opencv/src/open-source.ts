import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { RoomkeyError } from '@roomkey/core';
import type { Source } from './device-name.js';
import type { NativeCapture, OpenCv } from './opencv.js';

/** How long a server may take to accept a connection, in ms. */
const CONNECT_LIMIT = 5000;

/**
 * Opens a source. What can be looked at beforehand is, since OpenCV says neither what was wrong nor
 * lets anything else run while it opens.
 *
 * @param platform as `process.platform`
 * @throws RoomkeyError `RK_CAMERA_NOT_FOUND`, `RK_CAMERA_DENIED`, `RK_CAMERA_BUSY`, `RK_CAMERA_FAILED`
 */
export async function openSource(
  openCv: OpenCv,
  source: Source,
  signal: AbortSignal | undefined,
  platform: NodeJS.Platform = process.platform,
): Promise<NativeCapture> {
  switch (source.kind) {
    case 'device': {
      const node = `/dev/video${source.index}`;
      if (platform === 'linux') await checkFile(node, constants.R_OK | constants.W_OK, 'camera');
      signal?.throwIfAborted();
      return attempt(
        () => openDevice(openCv, source.index, platform),
        platform === 'linux' ? 'RK_CAMERA_BUSY' : 'RK_CAMERA_NOT_FOUND',
        platform === 'linux'
          ? `The camera ${node} is there and does not open. Another program probably has it: close that one, and try again.`
          : `There is no camera number ${source.index}, or another program has it. Connect it, or close that program, and try again.`,
      );
    }
    case 'file': {
      const { path } = source;
      await checkFile(path, constants.R_OK, 'file');
      if (!(await stat(path)).isFile()) throw notAVideo(path);
      signal?.throwIfAborted();
      return attempt(
        () => new openCv.VideoCapture(path),
        'RK_CAMERA_FAILED',
        notAVideo(path).message,
      );
    }
    case 'url': {
      const { url } = source;
      await checkServer(url, signal);
      return attempt(
        () => new openCv.VideoCapture(url.href),
        'RK_CAMERA_FAILED',
        `The server ${url.host} answers and gives no video. Check the path, the user and the password in the address.`,
      );
    }
    case 'pipeline':
      return attempt(
        () => new openCv.VideoCapture(source.text, openCv.CAP_GSTREAMER),
        'RK_CAMERA_FAILED',
        'The GStreamer pipeline does not start, or this OpenCV was built without GStreamer. Try it with gst-launch-1.0; it has to end in appsink.',
      );
  }
}

/** On Windows the default way of opening fails with some cameras that DirectShow opens. */
export function openDevice(
  openCv: Pick<OpenCv, 'VideoCapture' | 'CAP_DSHOW'>,
  index: number,
  platform: NodeJS.Platform,
): NativeCapture {
  try {
    return new openCv.VideoCapture(index);
  } catch (error) {
    if (platform !== 'win32') throw error;
    return new openCv.VideoCapture(index, openCv.CAP_DSHOW);
  }
}

export function notAVideo(path: string): RoomkeyError {
  return new RoomkeyError(
    'RK_CAMERA_FAILED',
    `${path} is not a video that OpenCV can read. Try another file; \`ffprobe\` tells what it holds.`,
  );
}

function attempt(
  open: () => NativeCapture,
  code: 'RK_CAMERA_BUSY' | 'RK_CAMERA_FAILED' | 'RK_CAMERA_NOT_FOUND',
  message: string,
): NativeCapture {
  try {
    return open();
  } catch (cause) {
    throw new RoomkeyError(code, message, { cause });
  }
}

async function checkFile(path: string, mode: number, what: 'camera' | 'file'): Promise<void> {
  try {
    await access(path, mode);
  } catch (cause) {
    const denied = cause instanceof Error && 'code' in cause && cause.code === 'EACCES';
    throw denied
      ? new RoomkeyError(
          'RK_CAMERA_DENIED',
          `The ${what} ${path} may not be used by you. ${what === 'camera' ? 'Join the group `video`' : 'Change its permissions'}, then try again.`,
          { cause },
        )
      : new RoomkeyError('RK_CAMERA_NOT_FOUND', `There is no ${what} ${path}. Check the name.`, {
          cause,
        });
  }
}

/** Whether anybody listens: OpenCV would stand still for half a minute where nobody does. */
async function checkServer(url: URL, signal: AbortSignal | undefined): Promise<void> {
  const port = Number(url.port) || DEFAULT_PORTS[url.protocol];
  // A protocol without connections, such as udp: OpenCV has to find out.
  if (port === undefined) return;
  const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port });
  const limit = AbortSignal.timeout(CONNECT_LIMIT);
  const either = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  let stop: (() => void) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      stop = () => reject(either.reason as Error);
      either.addEventListener('abort', stop);
      socket.once('connect', resolve).once('error', reject);
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new RoomkeyError(
      'RK_CAMERA_NOT_FOUND',
      `Nobody answers at ${url.hostname}, port ${port}. Check that the camera is on, and its address.`,
      { cause },
    );
  } finally {
    if (stop !== undefined) either.removeEventListener('abort', stop);
    socket.destroy();
  }
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  'http:': 80,
  'https:': 443,
  'rtsp:': 554,
  'rtsps:': 322,
  'rtmp:': 1935,
};
