import type { IpcMainEvent } from 'electron';
import type { Port } from '../messages/index.js';
import { messagePort } from '../server/message-port.js';
import { isOwnUrl } from './own-page.js';

/** The preload's message that bears a page's port. */
export const PORT_CHANNEL = 'roomkey-port';

/** A part of `IpcMainEvent`. */
export type PortMessage = Pick<IpcMainEvent, 'ports'> & {
  readonly senderFrame: { readonly url: string; readonly parent: object | null } | null;
};

/** The port that came with a message; `undefined` where it is not from the main frame of our page. */
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
