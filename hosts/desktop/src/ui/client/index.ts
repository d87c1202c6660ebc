/**
 * How the page talks to the app: over a MessagePort in Electron, else over a WebSocket.
 *
 * @example
 * ```ts
 * const client = await openClient();
 * client.onEvent((event) => show(event));
 * client.onClose((reason) => showEnd(reason));
 * await client.request('rooms.create', { name: 'Kitchen' });
 * ```
 */
import { supportedCodecs } from '../video/index.js';
import { PageClient, type Client } from './client.js';
import { openMessagePort } from './message-port-transport.js';
import { trustOwnScripts } from './trusted-scripts.js';
import { WebSocketTransport } from './web-socket-transport.js';

export type { CloseReason } from './client-transport.js';
export type { Client } from './client.js';
export { RequestError } from './request-error.js';

/**
 * Connects to the app; called once in a page. Listeners are set as soon as it is resolved, before
 * anything else is waited for, so that no event is missed.
 */
export async function openClient(): Promise<Client> {
  trustOwnScripts();
  const isElectron = 'roomkey' in window;
  const hello = { codecs: await supportedCodecs() };
  return new PageClient(
    hello,
    isElectron ? openMessagePort : (events) => WebSocketTransport.open(events),
  );
}
