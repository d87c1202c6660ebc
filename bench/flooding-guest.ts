/**
 * As a program: a guest that is let in, makes so many frames of one byte and then, told to, sends all
 * of them as fast as the system takes them. `node flooding-guest.js PORT ROOM COUNT read|deaf`.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { aes256Gcm } from '@roomkey/cipher-aes-gcm';
import { decodeAcknowledgement, encodeFrame } from '#core/call/media.js';
import { RecordOpener, RecordSealer, RecordType } from '#core/secure/records.js';
import { framed, guestHandshake, newGuest, RawPeer, shakeHands } from './raw-peer.js';
import { parseRoom } from './room-text.js';

/** What it says to who started it. */
export type FloodMessage =
  | { readonly is: 'ready' }
  /** Everything was acknowledged. */
  | { readonly is: 'acknowledged'; readonly acknowledgements: number }
  | { readonly is: 'cut' };

const say = (message: FloodMessage): void => void process.send?.(message);
const CHUNK_BYTES = 1 << 20;
const DRIP_EVERY = 50_000;

const [, , port, room = '', countText, manner] = process.argv;
const count = Number(countText);
const peer = await RawPeer.connect(Number(port));
const session = await shakeHands(peer, guestHandshake(newGuest('Flo'), parseRoom(room)));
const sealer = new RecordSealer(aes256Gcm, session.trafficSecret(1, 'guest'));
const opener = new RecordOpener(aes256Gcm, session.trafficSecret(1, 'host'));

let acknowledgements = 0;
let isFinished = false;
peer.takeOver((message) => {
  const { type, plaintext } = opener.open(message);
  if (type !== RecordType.acknowledgement) return;
  acknowledgements += 1;
  if (decodeAcknowledgement(plaintext) !== count) return;
  isFinished = true;
  say({ is: 'acknowledged', acknowledgements });
});
peer.socket.on('close', () => say({ is: 'cut' }));

const picture = {
  codec: 'jpeg',
  data: Uint8Array.of(1),
  width: 1,
  height: 1,
  capturedAt: 0,
} as const;
const seal = (number: number): Buffer =>
  framed(Buffer.concat(sealer.seal(RecordType.frame, encodeFrame({ number, frame: picture }))));
const first = seal(1);
const flood = Buffer.alloc(count * first.length);
let dripped = 0;
for (let number = 1; number <= count; number += 1) {
  flood.set(number === 1 ? first : seal(number), (number - 1) * first.length);
  if (number % DRIP_EVERY !== 0) continue;
  // Sealing takes longer than a silence may: the first record comes byte by byte meanwhile.
  peer.socket.write(flood.subarray(dripped, dripped + 1));
  dripped += 1;
  await turn();
}
say({ is: 'ready' });

process.once('message', () => {
  if (manner === 'deaf') peer.socket.pause();
  void send().then(() => {
    peer.socket.resume();
    const ping = setInterval(() => {
      if (isFinished) peer.socket.write(framed(Buffer.concat(sealer.seal(RecordType.ping, []))));
    }, 1_000);
    peer.socket.on('close', () => clearInterval(ping));
  });
});
process.on('disconnect', () => process.exit());

async function send(): Promise<void> {
  for (let at = dripped; at < flood.length; at += CHUNK_BYTES) {
    const chunk = flood.subarray(at, at + CHUNK_BYTES);
    await new Promise<void>((resolve) => peer.socket.write(chunk, () => resolve()));
  }
}
