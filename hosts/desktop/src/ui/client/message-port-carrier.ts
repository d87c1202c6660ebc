import type { Carrier, CarrierEvents } from './carrier.js';

/**
 * The port that Electron's preload hands to this page. It ends with the page, or with the app's last
 * word. Each message is answered with its size, as `Port` says; how far the app is behind, this side
 * does not ask.
 */
export function openMessagePort(events: CarrierEvents): Carrier {
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
  const onHandOver = ({ source, data, ports }: MessageEvent<unknown>): void => {
    if (source !== window || data !== 'roomkey-port' || ports[0] === undefined) return;
    window.removeEventListener('message', onHandOver);
    open(ports[0]);
  };
  window.addEventListener('message', onHandOver);
  window.postMessage('roomkey-ready', location.origin);
  return { send: (message) => port?.postMessage(message) };
}
