/**
 * The page's client: over a MessagePort in Electron, else over a WebSocket.
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
 * Connects to the app; call it once per page. Set the listeners right after it resolves, before
 * awaiting anything else, so that no event is missed.
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
