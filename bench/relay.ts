/** What stands between two peers, over real sockets: an attacker, or a narrow link. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What passes on one connection in one direction. */
export interface Passage {
  readonly direction: 'there' | 'back';
  /** Ends the connection by a reset on both sides. */
  reset(): void;
}

export interface RelayOptions {
  /** The port of this machine to which what comes is passed on. */
  readonly target: number;
  /** Of each direction of each connection; absent: as fast as it comes. */
  readonly bytesPerSecond?: number;
  /** With `bytesPerSecond`: how long each byte takes beside that, ms. Default: 0 */
  readonly delayMs?: number;
  /** Told of all bytes before they are passed on. */
  readonly onBytes?: (bytes: Buffer, passage: Passage) => void;
}

/** How often a slow relay passes something on, ms. */
const DRIP_EVERY_MS = 5;
/** How long an idle link saves up, ms: no more than that goes out at once. */
const BURST_MS = 10;

export class Relay {
  readonly port: number;
  readonly #close: () => void;

  private constructor(port: number, close: () => void) {
    this.port = port;
    this.#close = close;
  }

  static async open(options: RelayOptions): Promise<Relay> {
    const sockets = new Set<Socket>();
    const server = createServer((caller) => {
      const callee = connect({ host: '127.0.0.1', port: options.target, noDelay: true });
      const reset = (): void => {
        for (const socket of [caller, callee]) socket.resetAndDestroy();
      };
      for (const socket of [caller, callee]) {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
      }
      pass(caller, callee, { direction: 'there', reset }, options);
      pass(callee, caller, { direction: 'back', reset }, options);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Relay((server.address() as AddressInfo).port, () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
  }

  close(): void {
    this.#close();
  }
}

function pass(from: Socket, to: Socket, passage: Passage, options: RelayOptions): void {
  const { bytesPerSecond, onBytes } = options;
  from.on('error', () => to.destroy());
  if (bytesPerSecond !== undefined) {
    passSlowly(from, to, bytesPerSecond, options.delayMs ?? 0);
    return;
  }
  from.on('end', () => to.end());
  from.on('data', (bytes) => {
    onBytes?.(bytes, passage);
    if (!to.destroyed) to.write(bytes);
  });
}

/** Nothing is read before it is due, so that the sender feels the narrow place. */
function passSlowly(from: Socket, to: Socket, bytesPerSecond: number, delayMs: number): void {
  const most = (bytesPerSecond * BURST_MS) / 1_000;
  let due = 0;
  let last = performance.now();
  const drip = setInterval(() => {
    const now = performance.now();
    due = Math.min(most, due + ((now - last) * bytesPerSecond) / 1_000);
    last = now;
    const length = Math.min(Math.floor(due), from.readableLength);
    // Reading nothing is how the end is noticed.
    const bytes = from.read(length) as Buffer | null;
    if (bytes !== null) {
      due -= bytes.length;
      setTimeout(() => {
        if (!to.destroyed) to.write(bytes);
      }, delayMs);
    } else if (from.readableEnded) {
      clearInterval(drip);
      setTimeout(() => to.end(), delayMs);
    }
  }, DRIP_EVERY_MS);
  from.on('readable', () => undefined); // lets the socket read up to its own mark
  for (const socket of [from, to]) socket.on('close', () => clearInterval(drip));
}
