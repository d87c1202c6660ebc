import type { CallEvents, RemoteScreenAudio, VideoKind } from '@roomkey/core/host';

const begun: Readonly<Record<VideoKind, string>> = {
  camera: '’s camera is on.',
  screen: ' shares their screen.',
};

const ended: Readonly<Record<VideoKind, Record<CallEvents['trackEnd']['reason'], string>>> = {
  camera: {
    stopped: '’s camera is off.',
    lost: '’s camera was disconnected.',
    failed: '’s camera stopped working.',
  },
  screen: {
    stopped: ' stopped sharing their screen.',
    lost: '’s screen can’t be shared any more.',
    failed: '’s screen sharing stopped working.',
  },
};

/** Describes a camera or screen that went on. */
export function describeTrack(name: string, kind: VideoKind): string {
  return name + begun[kind];
}

/** Describes why a camera or screen went off. */
export function describeTrackEnd(
  name: string,
  { kind, reason }: Pick<CallEvents['trackEnd'], 'kind' | 'reason'>,
): string {
  return name + ended[kind][reason];
}

/** Describes the sound of a screen. */
export function describeScreenAudio(name: string, { isOn }: RemoteScreenAudio): string {
  return isOn
    ? `${name} shares the sound of their screen.`
    : `${name} no longer shares the sound of their screen.`;
}
