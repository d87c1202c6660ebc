/** A peer on a bare socket, which need not follow the protocol. */
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { aes256Gcm } from '@roomkey/cipher-aes-gcm';
import { GuestHandshake } from '#core/secure/guest-handshake.js';
import { createIdentitySeed, identityFromSeed, type Identity } from '#core/secure/identity.js';
import type { RoomParameters } from '#core/secure/room-parameters.js';
import type { SecurityContext } from '#core/secure/security-context.js';

const LENGTH_BYTES = 4;
/** How long a peer waits for an answer, ms. */
const PATIENCE_MS = 20_000;

/** Cuts a stream into messages; see docs/protocol.md, Transport. */
export class MessageSplitter {
  #held: Buffer = Buffer.alloc(0);

  /** The messages that are complete now, without their lengths. */
  *split(bytes: Buffer): Generator<Buffer> {
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    let start = 0;
    while (this.#held.length - start >= LENGTH_BYTES) {
      const end = start + LENGTH_BYTES + this.#held.readUInt32BE(start);
      if (end > this.#held.length) break;
      yield this.#held.subarray(start + LENGTH_BYTES, end);
      start = end;
    }
    this.#held = this.#held.subarray(start);
  }
}

/** A message after its length. */
export function framed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(message.length);
  return Buffer.concat([length, message]);
}

export class RawPeer {
  readonly socket: Socket;
  readonly #splitter = new MessageSplitter();
  readonly #received: Buffer[] = [];
  #wake: (() => void) | undefined;
  #isOver = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => {
      for (const message of this.#splitter.split(bytes)) this.#received.push(Buffer.from(message));
      this.#wake?.();
    });
    socket.on('error', () => undefined); // the host cuts an invalid peer
    socket.on('close', () => {
      this.#isOver = true;
      this.#wake?.();
    });
  }

  /** @param from a local address such as `127.1.2.3`, because limits count by address */
  static async connect(port: number, from = '127.0.0.1'): Promise<RawPeer> {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from, noDelay: true });
    await once(socket, 'connect');
    return new RawPeer(socket);
  }

  send(message: Uint8Array): void {
    this.socket.write(framed(message));
  }

  /** Waits for the next message; undefined if the connection ends first, or after a timeout. */
  async next(): Promise<Buffer | undefined> {
    const patience = setTimeout(() => this.socket.destroy(), PATIENCE_MS);
    while (this.#received.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    clearTimeout(patience);
    return this.#received.shift();
  }

  /** Passes all further messages to `onMessage`. */
  takeOver(onMessage: (message: Buffer) => void): void {
    this.socket.removeAllListeners('data');
    const deliver = (bytes: Buffer): void => {
      for (const message of this.#splitter.split(bytes)) onMessage(message);
    };
    for (const message of this.#received.splice(0)) onMessage(message);
    this.socket.on('data', deliver);
  }
}

/** The guest's name and identity in a handshake. */
export interface Guest {
  readonly name: string;
  readonly identity: Identity;
}

export function newGuest(name: string): Guest {
  return { name, identity: identityFromSeed(createIdentitySeed()) };
}

export function guestHandshake(
  { name, identity }: Guest,
  room: RoomParameters,
  passwordSecret?: Uint8Array,
): GuestHandshake {
  return new GuestHandshake({
    identity,
    name,
    room,
    ...(passwordSecret && { passwordSecret }),
    listenPort: 0,
    ciphers: [aes256Gcm],
  });
}

/** Does what the protocol says, up to F4. */
export async function shakeHands(
  peer: RawPeer,
  handshake: GuestHandshake,
): Promise<SecurityContext> {
  peer.send(handshake.hello());
  peer.send(handshake.exchange(await answer(peer)));
  return handshake.finish(await answer(peer));
}

async function answer(peer: RawPeer): Promise<Buffer> {
  const message = await peer.next();
  if (message === undefined) throw new Error('The host ended the connection without an answer.');
  return message;
}
