import type { AudioDevice, AudioInputRequest } from '@roomkey/core';
import { DEFAULT } from '../messages.js';

/** One end of sound, as the browser names it. */
export type End = 'audioinput' | 'audiooutput';

const nouns: Readonly<Record<End, string>> = {
  audioinput: 'Microphone',
  audiooutput: 'Loudspeaker',
};

/** Lists devices by label: first the one that the system uses. */
export async function listDevices(end: End): Promise<readonly AudioDevice[]> {
  // Undefined outside of secure contexts, despite its type.
  const media = navigator.mediaDevices as MediaDevices | undefined;
  if (media === undefined) return [];
  return (await namedDevices(media, end)).map(({ name, label }) => ({ id: name, label }));
}

/** The browser's id of a device; undefined: there is none of this name. */
export async function findDevice(end: End, name: string): Promise<string | undefined> {
  const devices = await namedDevices(requireMedia(), end);
  return devices.find((device) => device.name === name)?.deviceId;
}

/**
 * Requests a microphone from the browser, which may ask the user.
 *
 * @throws DOMException
 */
export async function openStream({
  deviceId: name,
  processing,
}: AudioInputRequest): Promise<MediaStream> {
  const media = requireMedia();
  const audio = {
    // Not 'remote-only': what Roomkey plays is no peer connection, and would not be cancelled.
    echoCancellation: processing,
    noiseSuppression: processing,
    autoGainControl: processing,
  };
  const open = (deviceId: string | undefined): Promise<MediaStream> =>
    media.getUserMedia({
      audio: deviceId === undefined ? audio : { ...audio, deviceId: { exact: deviceId } },
    });
  if (name === undefined || name === DEFAULT) return open(undefined);

  const before = await namedDevices(media, 'audioinput');
  const found = before.find((device) => device.name === name)?.deviceId;
  if (found !== undefined && found !== '') return open(found);
  const areNamed = before.length > 0 && before.every(({ deviceId }) => deviceId !== '');
  if (areNamed) throw notFound(name);
  // Labels and ids need permission, so request any microphone first.
  const any = await open(undefined);
  const after = await findDevice('audioinput', name);
  const isIt = any.getAudioTracks()[0]?.getSettings().deviceId === after;
  if (after !== undefined && isIt) return any;
  stopTracks(any);
  if (after === undefined) throw notFound(name);
  return open(after);
}

/** Releases the device; its light turns off. */
export function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

export function notFound(name: string): DOMException {
  return new DOMException(`there is no ${name}`, 'NotFoundError');
}

interface NamedDevice {
  readonly name: string;
  readonly label: string;
  /** Empty until permission is granted. */
  readonly deviceId: string;
}

/**
 * The devices of one end. The name is the label, because the browser's ids change with the page's
 * address, at every start; a second device with a label counts.
 */
async function namedDevices(media: MediaDevices, end: End): Promise<readonly NamedDevice[]> {
  const all = (await media.enumerateDevices()).filter(({ kind }) => kind === end);
  if (all.length === 0) return [];
  const noun = nouns[end];
  const byDefault = all.find(({ deviceId }) => deviceId === DEFAULT);
  const seen = new Map<string, number>();
  const others = all
    // Windows names one device for calls; it is in the list under its own name too.
    .filter(({ deviceId }) => deviceId !== DEFAULT && deviceId !== 'communications')
    .map(({ deviceId, label }, index) => {
      const count = (seen.get(label) ?? 0) + 1;
      seen.set(label, count);
      const name =
        label === '' ? `${noun} ${index + 1}` : count === 1 ? label : `${label} (${count})`;
      return { name, label: name, deviceId };
    });
  const defaultLabel = byDefault?.label ?? '';
  return [
    {
      name: DEFAULT,
      label: defaultLabel === '' ? `Default ${noun.toLowerCase()}` : defaultLabel,
      deviceId: byDefault?.deviceId ?? '',
    },
    ...others,
  ];
}

function requireMedia(): MediaDevices {
  const media = navigator.mediaDevices as MediaDevices | undefined;
  if (media === undefined) {
    throw new DOMException('pages from this address get no microphone', 'NotSupportedError');
  }
  return media;
}
