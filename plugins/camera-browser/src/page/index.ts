/** The page side of the plugin: opens devices, and encodes their video on the credit of Node. */
import type { PageEntryPoint } from '@roomkey/core';
import type { VideoKind } from '@roomkey/core/wire';
import type { FromPage, OpenFailure, ToPage } from '../messages.js';
import { Capture } from './capture.js';
import { listDevices } from './devices.js';

const enter: PageEntryPoint = (context) => {
  const { channel } = context;
  const captures = new Map<number, Capture>();
  const send = (message: FromPage): void => channel.send(JSON.stringify(message));

  /** The newest of each kind is shown. */
  function showNewest(kind: VideoKind): void {
    const ofKind = [...captures.values()].filter((capture) => capture.kind === kind);
    const stream = ofKind.findLast(({ stream }) => stream !== undefined)?.stream;
    context.showPreview(kind, stream);
    if (kind === 'screen') context.offerScreenAudio(stream?.getAudioTracks()[0]);
  }

  function close(source: number): void {
    const capture = captures.get(source);
    if (capture === undefined) return;
    captures.delete(source);
    capture.close();
    showNewest(capture.kind);
  }

  async function open(source: number, capture: Capture): Promise<void> {
    captures.set(source, capture);
    try {
      await capture.open();
      // It may have been closed in the meantime.
      if (!captures.has(source)) return;
      showNewest(capture.kind);
      send({ kind: 'opened', source });
    } catch (error) {
      if (!captures.has(source)) return;
      close(source);
      send({ kind: 'failed', source, failure: describe(error) });
    }
  }

  channel.onMessage((text) => {
    // Node.js sends text only.
    const message = JSON.parse(text as string) as ToPage;
    switch (message.kind) {
      case 'devices':
        void listDevices()
          .catch(() => []) // An unloading page has no devices.
          .then((devices) => send({ kind: 'devices', id: message.id, devices }));
        break;
      case 'open': {
        const { source, request } = message;
        const onUnit = (unit: Uint8Array): void => channel.send(unit);
        const onLost = (reason: 'ended' | 'broken', text: string): void => {
          close(source);
          send({ kind: 'lost', source, reason, message: text });
        };
        void open(source, new Capture(source, request, { onUnit, onLost }));
        break;
      }
      case 'close':
        close(message.source);
        send({ kind: 'closed', source: message.source });
        break;
      default:
        captures.get(message.source)?.command(message);
    }
  });

  channel.onClose(() => {
    for (const source of [...captures.keys()]) close(source);
  });
};

function describe(error: unknown): OpenFailure {
  // In some browsers OverconstrainedError is not an Error.
  const { name, message } = error as Partial<OpenFailure>;
  return { name: name ?? 'Error', message: message ?? '' };
}

export default enter;
