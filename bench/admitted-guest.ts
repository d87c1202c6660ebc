/** A guest that joins according to the protocol, and then need not follow it. */
import { aes256Gcm } from '@roomkey/cipher-aes-gcm';
import {
  RecordOpener,
  RecordSealer,
  RecordType,
  type OpenedRecord,
  type RecordFields,
} from '#core/secure/records.js';
import type { RoomParameters } from '#core/secure/room-parameters.js';
import { decodeControl, encodeControl, type ControlMessage } from '#core/wire/control.js';
import { framed, guestHandshake, newGuest, RawPeer, shakeHands } from './raw-peer.js';

const CHUNK_BYTES = 1 << 20;

export class AdmittedGuest {
  readonly #peer: RawPeer;
  readonly #sealer: RecordSealer;
  readonly #listeners = new Set<(record: OpenedRecord) => void>();
  /** The number of received records, without pings. */
  #received = 0;

  private constructor(peer: RawPeer, sealer: RecordSealer, opener: RecordOpener) {
    this.#peer = peer;
    this.#sealer = sealer;
    peer.takeOver((message) => {
      const record = opener.open(message);
      if (record.type !== RecordType.ping) this.#received += 1;
      for (const listener of this.#listeners) listener(record);
    });
  }

  /** Resolves when the host has admitted the guest and both have sent their hello. */
  static async enter(port: number, room: RoomParameters): Promise<AdmittedGuest> {
    const peer = await RawPeer.connect(port);
    const session = await shakeHands(peer, guestHandshake(newGuest('Flo'), room));
    const guest = new AdmittedGuest(
      peer,
      new RecordSealer(aes256Gcm, session.trafficSecret(1, 'guest')),
      new RecordOpener(aes256Gcm, session.trafficSecret(1, 'host')),
    );
    await guest.control(({ type }) => type === 'hello');
    const video = { name: 'video/1', codecs: ['jpeg'] };
    const program = { name: 'flood', version: '1' };
    guest.sendControl({ type: 'hello', program, protocols: [video] });
    return guest;
  }

  get received(): number {
    return this.#received;
  }

  /** Calls `listener` when the host has ended the connection. */
  onCut(listener: () => void): void {
    this.#peer.socket.on('close', listener);
  }

  onRecord(listener: (record: OpenedRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Waits for the next control message that matches. */
  async control(matches: (message: ControlMessage) => boolean): Promise<ControlMessage> {
    return await new Promise((resolve) => {
      const stop = this.onRecord(({ type, plaintext }) => {
        const message = type === RecordType.control ? decodeControl(plaintext) : undefined;
        if (message === undefined || !matches(message)) return;
        stop();
        resolve(message);
      });
    });
  }

  /** A record as it goes over the wire. Send records in the order in which they were sealed. */
  seal(fields: RecordFields, plaintext: Uint8Array = new Uint8Array()): Buffer {
    return framed(Buffer.concat(this.#sealer.seal(fields, [plaintext])));
  }

  send(fields: RecordFields, plaintext?: Uint8Array): void {
    this.#peer.socket.write(this.seal(fields, plaintext));
  }

  sendControl(message: ControlMessage): void {
    this.send({ type: RecordType.control }, encodeControl(message));
  }

  /** Opens a stream; resolves when the host accepts it. */
  async open(stream: number, kind: 'camera' | 'screen'): Promise<void> {
    const accepted = this.control(({ type }) => type === 'accept');
    this.sendControl({ type: 'open', stream, protocol: 'video/1', kind });
    await accepted;
  }

  /** Writes sealed bytes as fast as possible, until the host cuts the connection. */
  async write(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length && !this.#peer.socket.destroyed; at += CHUNK_BYTES) {
      const chunk = bytes.subarray(at, at + CHUNK_BYTES);
      await new Promise<void>((resolve) => this.#peer.socket.write(chunk, () => resolve()));
    }
  }

  /** Stops reading: the system buffers what the host sends, and then the host does. */
  stopReading(): void {
    this.#peer.socket.pause();
  }

  resumeReading(): void {
    this.#peer.socket.resume();
  }
}
