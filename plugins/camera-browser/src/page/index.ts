/** The page module of the plugin: opens devices and encodes images on request. */
import type { PageEntryPoint } from '@roomkey/core';
import { Capture } from './capture.js';
import { listDevices } from './devices.js';
import type { FromPage, OpenFailure, ToPage } from './messages.js';

const enter: PageEntryPoint = (context) => {
  const { channel } = context;
  const captures = new Map<number, Capture>();
  const send = (message: FromPage): void => channel.send(JSON.stringify(message));

  function close(source: number): void {
    captures.get(source)?.close();
    captures.delete(source);
    // Show the newest of several open sources.
    context.showPreview([...captures.values()].at(-1)?.stream);
  }

  async function open(source: number, capture: Capture): Promise<void> {
    captures.set(source, capture);
    try {
      const stream = await capture.open();
      if (captures.get(source) !== capture) return;
      context.showPreview(stream);
      send({ kind: 'opened', source });
    } catch (error) {
      // It was closed in the meantime.
      if (captures.get(source) !== capture) return;
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
        const onFrame = (frame: Uint8Array): void => channel.send(frame);
        const onLost = (reason: 'ended' | 'broken', text: string): void => {
          close(source);
          send({ kind: 'lost', source, reason, message: text });
        };
        void open(source, new Capture(source, request, { onFrame, onLost }));
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
