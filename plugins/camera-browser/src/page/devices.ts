import type { CameraDevice, CaptureRequest } from '@roomkey/core';
import { SCREEN } from '../messages.js';

/** Lists cameras by label, and the screen if the browser can share it. */
export async function listDevices(): Promise<readonly CameraDevice[]> {
  // Undefined outside of secure contexts, despite its type.
  const media = navigator.mediaDevices as MediaDevices | undefined;
  if (media === undefined) return [];
  const cameras = (await listCameras(media)).map(({ name }) => ({ id: name, label: name }));
  if (!('getDisplayMedia' in media)) return cameras;
  return [...cameras, { id: SCREEN, label: 'Share the screen', kind: 'screen' }];
}

/**
 * Requests a device from the browser, which may ask the user.
 *
 * @throws DOMException
 */
export async function openStream(request: CaptureRequest): Promise<MediaStream> {
  const media = navigator.mediaDevices as MediaDevices | undefined;
  if (media === undefined) {
    throw new DOMException('pages from this address get no camera', 'NotSupportedError');
  }
  const { deviceId: name, width, height, fps } = request;
  if (name === SCREEN) {
    // The browser scales and keeps the aspect ratio.
    const video = { width: { max: width }, height: { max: height }, frameRate: { max: fps } };
    return withoutOwnSound(await media.getDisplayMedia({ video, ...screenSound(media) }));
  }
  // `none`: a native mode of the device, without cropping.
  const mode = { width, height, frameRate: fps, resizeMode: 'none' };
  const open = (deviceId: string | undefined): Promise<MediaStream> =>
    media.getUserMedia({
      video: deviceId === undefined ? mode : { ...mode, deviceId: { exact: deviceId } },
    });
  if (name === undefined) return open(undefined);

  const before = await findCamera(media, name);
  if (before.deviceId !== undefined) return open(before.deviceId);
  if (before.labeled) throw notFound(name);
  // Labels and ids need permission, so request any camera first.
  const any = await open(undefined);
  const { deviceId } = await findCamera(media, name);
  if (deviceId !== undefined && any.getVideoTracks()[0]?.getSettings().deviceId === deviceId) {
    return any;
  }
  stopTracks(any);
  if (deviceId === undefined) throw notFound(name);
  return open(deviceId);
}

/**
 * Asks for the sound of the screen as it is played, where the browser gives it and the person wants it.
 * The sound of the whole system has the partner in it, who must not hear themselves: it is offered only
 * where the browser knows how to leave this page's out (Screen Capture, `restrictOwnAudio`), and this page
 * itself is not.
 */
function screenSound(media: MediaDevices): ScreenSoundOptions {
  const canLeaveOut = 'restrictOwnAudio' in media.getSupportedConstraints();
  return {
    audio: {
      echoCancellation: false,
      noiseSuppression: false,
      autoGainControl: false,
      restrictOwnAudio: true,
      suppressLocalAudioPlayback: false,
    },
    systemAudio: canLeaveOut ? 'include' : 'exclude',
    selfBrowserSurface: 'exclude',
  };
}

/**
 * Takes the sound of the system away where this page's is in it after all: Chromium knows
 * `restrictOwnAudio` also on systems on which it cannot do it.
 */
function withoutOwnSound(stream: MediaStream): MediaStream {
  const [video] = stream.getVideoTracks();
  // The sound of one tab.
  if (video?.getSettings().displaySurface === 'browser') return stream;
  for (const track of stream.getAudioTracks()) {
    const { restrictOwnAudio }: ScreenSoundSettings = track.getSettings();
    if (restrictOwnAudio === true) continue;
    track.stop();
    stream.removeTrack(track);
  }
  return stream;
}

/** Releases the device; its light turns off. */
export function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** Parts of `getDisplayMedia` that TypeScript's DOM types lack. */
interface ScreenSoundOptions {
  readonly audio: MediaTrackConstraints & {
    readonly restrictOwnAudio: boolean;
    readonly suppressLocalAudioPlayback: boolean;
  };
  readonly systemAudio: 'include' | 'exclude';
  readonly selfBrowserSurface: 'exclude';
}

interface ScreenSoundSettings extends MediaTrackSettings {
  readonly restrictOwnAudio?: boolean;
}

interface NamedCamera {
  readonly name: string;
  /** Empty until permission is granted. */
  readonly deviceId: string;
  readonly label: string;
}

async function listCameras(media: MediaDevices): Promise<readonly NamedCamera[]> {
  const devices = await media.enumerateDevices();
  const seen = new Map<string, number>();
  return devices
    .filter(({ kind }) => kind === 'videoinput')
    .map(({ deviceId, label }, index) => {
      const count = (seen.get(label) ?? 0) + 1;
      seen.set(label, count);
      const name = label === '' ? positionName(index) : count === 1 ? label : `${label} (${count})`;
      return { name, deviceId, label };
    });
}

/** @returns `labeled`: whether labels are known, so that an unknown name means a missing camera */
async function findCamera(
  media: MediaDevices,
  name: string,
): Promise<{ readonly deviceId: string | undefined; readonly labeled: boolean }> {
  const cameras = await listCameras(media);
  const found =
    cameras.find((camera) => camera.name === name) ??
    cameras.find((_, index) => positionName(index) === name);
  return {
    deviceId: found?.deviceId === '' ? undefined : found?.deviceId,
    labeled: cameras.every(({ label }) => label !== ''),
  };
}

function positionName(index: number): string {
  return `Camera ${index + 1}`;
}

function notFound(name: string): DOMException {
  return new DOMException(`there is no ${name}`, 'NotFoundError');
}
