import type { ClientTransport, ClientTransportEvents } from './client-transport.js';

/**
 * Connects through the port from Electron's preload. It ends with the page or with the app's
 * `null`. Every message is acknowledged with its size, see `Port`; this side does not measure
 * backpressure itself.
 */
export function openMessagePort(events: ClientTransportEvents): ClientTransport {
  let port: MessagePort | undefined;
  const open = (given: MessagePort): void => {
    port = given;
    given.onmessage = ({ data }: MessageEvent<string | Uint8Array | number | null>) => {
      if (typeof data === 'number') return;
      if (data === null) {
        given.close();
        events.onClose('gone');
        return;
      }
      const size = typeof data === 'string' ? data.length : data.byteLength;
      events.onMessage(data);
      given.postMessage(size);
    };
    events.onOpen();
  };
  const onPortMessage = ({ source, data, ports }: MessageEvent<unknown>): void => {
    if (source !== window || data !== 'roomkey-port' || ports[0] === undefined) return;
    window.removeEventListener('message', onPortMessage);
    open(ports[0]);
  };
  window.addEventListener('message', onPortMessage);
  window.postMessage('roomkey-ready', location.origin);
  return { send: (message) => port?.postMessage(message) };
}
