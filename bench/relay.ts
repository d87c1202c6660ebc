/** A relay between two peers, over real sockets: an attacker, or a slow link. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** One direction of a connection through the relay. */
export interface Passage {
  readonly direction: 'there' | 'back';
  /** Resets the connection on both sides. */
  reset(): void;
}

export interface RelayOptions {
  /** The local port to which the relay forwards. */
  readonly target: number;
  /** The speed of each direction of each connection; absent: no limit. */
  readonly bytesPerSecond?: number;
  /** With `bytesPerSecond`: an additional delay of each byte, ms. Default: 0 */
  readonly delayMs?: number;
  /** Called with all bytes before the relay forwards them. */
  readonly onBytes?: (bytes: Buffer, passage: Passage) => void;
}

/** How often a slow relay forwards bytes, ms. */
const DRIP_EVERY_MS = 5;
/** The longest time for which an idle link saves up bytes, ms. */
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

/** Reads no bytes before they are due, so that the slow link blocks the sender. */
function passSlowly(from: Socket, to: Socket, bytesPerSecond: number, delayMs: number): void {
  const most = (bytesPerSecond * BURST_MS) / 1_000;
  let due = 0;
  let last = performance.now();
  const drip = setInterval(() => {
    const now = performance.now();
    due = Math.min(most, due + ((now - last) * bytesPerSecond) / 1_000);
    last = now;
    const length = Math.min(Math.floor(due), from.readableLength);
    // A read of 0 bytes makes the socket emit its end.
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
  from.on('readable', () => undefined); // lets the socket fill its buffer
  for (const socket of [from, to]) socket.on('close', () => clearInterval(drip));
}
