/** First messages of unauthenticated peers to a host; none may admit them. */
import { randomBytes, randomInt } from 'node:crypto';
import { fromHex } from '#core/secure/bytes.js';
import type { Identity } from '#core/secure/identity.js';
import { commitment } from '#core/secure/key-schedule.js';
import type { RoomParameters } from '#core/secure/room-parameters.js';
import { framed, guestHandshake, newGuest, RawPeer, type Guest } from './raw-peer.js';

/** The host of a room, and the recorded messages of a legitimate guest. */
export interface Called {
  readonly port: number;
  readonly room: RoomParameters;
  /** The secret derived from the room's password, so that only the intended field is wrong. */
  readonly passwordSecret?: Uint8Array;
  readonly f1: Uint8Array;
  readonly f3: Uint8Array;
}

/** Sends the messages; the caller waits for the end of the connection, or ends it. */
type Stranger = (peer: RawPeer, called: Called) => unknown;

const LARGEST_FIRST_MESSAGE = 1_024;
/** X25519's points of small order. */
const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map(fromHex);
/** Ed25519's neutral element, whose "signature" is itself and a zero: no key is needed. */
const NEUTRAL_IDENTITY: Identity = {
  publicKey: fromHex('01'.padEnd(64, '0')),
  sign: () => fromHex('01'.padEnd(128, '0')),
  deriveSecret: () => new Uint8Array(32),
};
/** The offsets of n_I and the commitment from the end of F1, and of the key and the share in F3. */
const NONCE_FROM_END = 66;
const COMMITMENT_FROM_END = 34;
const EPHEMERAL_AT = 1;
const SHARE_AT = 35;

/** Each kind of stranger by its description. */
export const strangers: Readonly<Record<string, Stranger>> = {
  'random bytes': (peer) => peer.send(randomBytes(randomInt(LARGEST_FIRST_MESSAGE + 1))),
  'an F1 that is cut': (peer, { f1 }) => peer.send(f1.subarray(0, randomInt(f1.length))),
  'a frame that is cut': (peer, { f1 }) => {
    const frame = framed(f1);
    peer.socket.end(frame.subarray(0, 1 + randomInt(frame.length - 1)));
  },
  'half a frame, and silence': (peer, { f1 }) => {
    peer.socket.write(framed(f1).subarray(0, 20));
  },
  'an oversized length': (peer) => {
    const bytes = randomBytes(2_000);
    bytes.writeUInt32BE(randomInt(LARGEST_FIRST_MESSAGE + 1, 2 ** 32));
    peer.socket.write(bytes);
  },
  'an HTTP request': (peer) => {
    peer.socket.write('GET / HTTP/1.1\r\nHost: lab\r\nUser-Agent: curl/8\r\n\r\n');
  },
  'a port scan that ends': (peer) => void peer.socket.end(),
  'a port scan that resets': (peer) => void peer.socket.resetAndDestroy(),
  'a key of small order': async (peer, called) => {
    const point = smallOrder();
    await upToProof(peer, called, {
      committed: point,
      change: (f3) => f3.set(point, EPHEMERAL_AT),
    });
  },
  'a share of small order': async (peer, called) => {
    const place = called.room.mode === 1 ? SHARE_AT : EPHEMERAL_AT;
    await upToProof(peer, called, { change: (f3) => f3.set(smallOrder(), place) });
  },
  'an identity of small order': (peer, called) =>
    upToProof(peer, called, { guest: { name: 'Mallory', identity: NEUTRAL_IDENTITY } }),
  'a replayed F1': async (peer, { f1 }) => {
    peer.send(f1);
    await peer.next();
    peer.socket.end();
  },
  'a replayed F1, and F3': async (peer, { room, f1, f3 }) => {
    peer.send(f1);
    await peer.next();
    // In a room with a password a whole F3 is a guess, and the host pauses after guesses.
    peer.send(room.mode === 0 ? f3 : f3.subarray(0, -1));
  },
};

/** A handshake up to F3 with one wrong field. */
async function upToProof(
  peer: RawPeer,
  { room, passwordSecret }: Called,
  wrong: {
    readonly guest?: Guest;
    readonly committed?: Uint8Array;
    readonly change?: (f3: Uint8Array) => void;
  },
): Promise<void> {
  const handshake = guestHandshake(wrong.guest ?? newGuest('Eve'), room, passwordSecret);
  const f1 = new Uint8Array(handshake.hello());
  if (wrong.committed !== undefined) {
    const nonce = f1.subarray(-NONCE_FROM_END, -COMMITMENT_FROM_END);
    f1.set(commitment(nonce, wrong.committed), f1.length - COMMITMENT_FROM_END);
  }
  peer.send(f1);
  const f2 = await peer.next();
  if (f2 === undefined) return;
  const f3 = handshake.exchange(f2);
  wrong.change?.(f3);
  peer.send(f3);
}

function smallOrder(): Uint8Array {
  return SMALL_ORDER[randomInt(SMALL_ORDER.length)] ?? new Uint8Array(32);
}

/** Records the messages of a legitimate guest. */
export async function recordGuest(
  port: number,
  room: RoomParameters,
  passwordSecret?: Uint8Array,
): Promise<Called> {
  const peer = await RawPeer.connect(port);
  const handshake = guestHandshake(newGuest('Ada'), room, passwordSecret);
  const f1 = handshake.hello();
  peer.send(f1);
  const f2 = await peer.next();
  if (f2 === undefined) throw new Error('The host did not answer.');
  const f3 = handshake.exchange(f2);
  peer.socket.destroy();
  return { port, room, ...(passwordSecret && { passwordSecret }), f1, f3 };
}
