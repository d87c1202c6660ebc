import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A network camera, Motion JPEG over HTTP, that stalls like a bad one. */
export interface MjpegServer {
  /** URLs of a stream that stops after its first pictures, and of one that sends only HTTP headers. */
  readonly stalling: string;
  readonly silent: string;
  /** Resolves when the stream has stalled. */
  readonly stalled: Promise<void>;
  /** Resolves when the viewer has disconnected. */
  readonly left: Promise<void>;
  close(): void;
}

/** Pictures until the stream stops; FFmpeg reads some before it opens. */
const PICTURES = 40;

/** @param picture a JPEG */
export async function startMjpegServer(picture: Uint8Array): Promise<MjpegServer> {
  let hasStalled!: () => void;
  let hasLeft!: () => void;
  const stalled = new Promise<void>((resolve) => (hasStalled = resolve));
  const left = new Promise<void>((resolve) => (hasLeft = resolve));
  const server: Server = createServer((request, response) => {
    response.on('close', hasLeft);
    response.writeHead(200, { 'content-type': 'multipart/x-mixed-replace; boundary=frame' });
    response.flushHeaders();
    if (request.url === '/silent') {
      hasStalled();
      return;
    }
    let count = 0;
    const timer = setInterval(() => {
      response.write(
        `--frame\r\nContent-Type: image/jpeg\r\nContent-Length: ${String(picture.length)}\r\n\r\n`,
      );
      response.write(picture);
      response.write('\r\n');
      count += 1;
      if (count < PICTURES) return;
      clearInterval(timer);
      hasStalled();
    }, 20);
    response.on('close', () => clearInterval(timer));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const base = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    stalling: `${base}/stalling`,
    silent: `${base}/silent`,
    stalled,
    left,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
