/** The page side of the plugin: opens microphones, the sound of the shared screen, and loudspeakers. */
import type { AudioDevice, PageEntryPoint } from '@roomkey/core';
import { readPrefix, SCREEN, type FromPage, type OpenFailure, type ToPage } from '../messages.js';
import { Capture } from './capture.js';
import { listDevices } from './devices.js';
import { testEcho } from './echo-test.js';
import { Gestures } from './gestures.js';
import { Loudspeaker } from './loudspeaker.js';
import type { DeviceEvents, OpenDevice } from './open-device.js';
import { playTone } from './test-sound.js';
import { liveScreenAudio, sourceOf } from './track-source.js';

const enter: PageEntryPoint = (context) => {
  const { channel } = context;
  const devices = new Map<number, OpenDevice>();
  const gestures = new Gestures();
  const send = (message: FromPage): void => channel.send(JSON.stringify(message));

  function close(device: number): void {
    devices.get(device)?.close();
    devices.delete(device);
  }

  async function open(number: number, device: OpenDevice): Promise<void> {
    devices.set(number, device);
    try {
      await device.open();
      // It may have been closed in the meantime.
      if (devices.has(number)) send({ kind: 'opened', device: number });
    } catch (error) {
      if (!devices.has(number)) return;
      close(number);
      send({ kind: 'failed', device: number, failure: describe(error) });
    }
  }

  const eventsOf = (device: number): DeviceEvents => ({
    onUnit: (unit) => channel.send(unit),
    onStatistics: (received, statistics) =>
      send({ kind: 'statistics', device, received, statistics }),
    onLost: (reason, message) => {
      close(device);
      send({ kind: 'lost', device, reason, message });
    },
  });

  async function listInputs(): Promise<readonly AudioDevice[]> {
    const microphones = await listDevices('audioinput');
    if (liveScreenAudio(context) === undefined) return microphones;
    return [...microphones, { id: SCREEN, label: 'Sound of the screen', kind: 'screen' }];
  }

  function receive(message: ToPage): void {
    switch (message.kind) {
      case 'devices':
        // An unloading page has no devices.
        void Promise.all([listInputs(), listDevices('audiooutput')])
          .catch(() => [[], []] as const)
          .then(([inputs, outputs]) => send({ kind: 'devices', id: message.id, inputs, outputs }));
        break;
      case 'open-input': {
        const { device, request } = message;
        const { unitMs = 20 } = request;
        const source = sourceOf(request, context);
        void open(device, new Capture({ device, unitMs, source }, eventsOf(device)));
        break;
      }
      case 'open-output': {
        const { device, request } = message;
        void open(device, new Loudspeaker(request, eventsOf(device), gestures));
        break;
      }
      case 'close':
        close(message.device);
        send({ kind: 'closed', device: message.device });
        break;
      default:
        devices.get(message.device)?.command(message);
    }
  }

  channel.onMessage((message) => {
    if (typeof message === 'string') receive(JSON.parse(message) as ToPage);
    else devices.get(readPrefix(message).device)?.receive(message);
  });

  const loudspeakerContext = (): AudioContext | undefined =>
    [...devices.values()].findLast((device) => device instanceof Loudspeaker)?.context;
  context.offerSound({
    get isBlocked() {
      return gestures.isBlocked;
    },
    onBlocked: (listener) => gestures.onChange(listener),
    resume: () => gestures.resume(),
    playTone,
    testEcho: (inputId, outputId) => testEcho(loudspeakerContext(), inputId, outputId),
  });

  channel.onClose(() => {
    context.offerSound(undefined);
    for (const device of [...devices.keys()]) close(device);
    gestures.close();
  });
};

function describe(error: unknown): OpenFailure {
  // In some browsers OverconstrainedError is not an Error.
  const { name, message } = error as Partial<OpenFailure>;
  return { name: name ?? 'Error', message: message ?? '' };
}

export default enter;
