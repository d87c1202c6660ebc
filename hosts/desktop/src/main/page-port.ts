import type { IpcMainEvent } from 'electron';
import type { Port } from '../messages/index.js';
import { messagePort } from '../server/message-port.js';
import { isOwnUrl } from './own-page.js';

/** IPC channel on which the preload sends a page's port. */
export const PORT_CHANNEL = 'roomkey-port';

/** The part of `IpcMainEvent` that is used here. */
export type PortMessage = Pick<IpcMainEvent, 'ports'> & {
  readonly senderFrame: { readonly url: string; readonly parent: object | null } | null;
};

/**
 * Accepts the port of an IPC message; `undefined` unless it comes from the main frame of Roomkey's
 * page.
 */
export function acceptPagePort({ senderFrame, ports }: PortMessage): Port | undefined {
  const [port] = ports;
  const isOurs = senderFrame !== null && senderFrame.parent === null && isOwnUrl(senderFrame.url);
  if (port === undefined || !isOurs) {
    for (const one of ports) one.close();
    return undefined;
  }
  return messagePort({
    post: (message) => port.postMessage(message),
    listen(onData, onClose) {
      port.on('message', ({ data }) => onData(data));
      port.on('close', onClose);
      port.start();
    },
    close: () => port.close(),
  });
}
