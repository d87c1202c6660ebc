import type { VideoCodec } from '../contracts/camera.js';
import type { Cipher } from '../contracts/cipher.js';
import type { Transport } from '../contracts/transport.js';
import { RoomkeyError } from '../errors/index.js';
import { BindRequestVerifier } from '../secure/reverse-connection.js';
import {
  MAX_RECORD_BYTES,
  SecureChannel,
  type ChannelEnd,
  type ChannelHandlers,
} from '../secure/channel.js';
import type { HandshakeConnection } from '../secure/handshake-connection.js';
import { RecordType } from '../secure/records.js';
import type { Session } from '../secure/session.js';
import { codecsOf } from './codecs.js';
import { dialReverseConnection } from './dial-reverse-connection.js';
import { IncomingFrames } from './incoming-frames.js';
import { decodeAcknowledgement, encodeFrame, type NumberedFrame } from './media.js';
import { violation } from './violation.js';

/**
 * How long a connection that was cut lets the other one say why, ms: who finds a length that was
 * changed can say so there only.
 */
const LAST_WORD_MS = 500;

/** What a link tells. Called synchronously; the end once, and last. */
export interface LinkHandlers {
  /** Guest: the host let it in, and does not refuse any more. Before all that comes from the host. */
  onLetIn(): void;
  /** A frame of the partner's; acknowledged after this returns. */
  onFrame(frame: NumberedFrame): void;
  /** @returns whether a frame with this number is on the way */
  onAcknowledgement(number: number): boolean;
  /** The partner cannot decode what comes. */
  onKeyFrameRequest(): void;
  /** It is decided by how many connections the media go; the host may send frames now. */
  onRoute(connections: 1 | 2): void;
  onEnd(end: ChannelEnd): void;
}

/**
 * An authenticated session over its connections. Connection 1, which the guest dialled, carries the
 * guest's media and the host's feedback; connection 2, dialled back by the host, the other way
 * round. Where connection 2 cannot be made, connection 1 carries all.
 */
export class Link {
  readonly session: Session;
  /** What both sides know; JPEG is among them. */
  readonly codecs: readonly VideoCodec[];
  readonly #incoming: IncomingFrames;
  readonly #cipher: Cipher;
  readonly #handlers: LinkHandlers;
  readonly #primary: SecureChannel;
  readonly #remoteHost: string;
  readonly #verifier: BindRequestVerifier;
  #secondary: SecureChannel | undefined;
  /** Guest: whether the host has shown that its connection 2 is attached too. */
  #isSecondaryProven = false;
  #connections: 1 | 2 | undefined;
  #lastWord: NodeJS.Timeout | undefined;
  /** The host lets in, and need not wait for it. */
  #isLetIn: boolean;
  #ended = false;

  constructor(options: {
    readonly session: Session;
    readonly cipher: Cipher;
    readonly handshakeConnection: HandshakeConnection;
    readonly handlers: LinkHandlers;
  }) {
    this.session = options.session;
    this.codecs = codecsOf(options.session.capabilities);
    this.#cipher = options.cipher;
    this.#handlers = options.handlers;
    this.#isLetIn = options.session.role === 'host';
    this.#remoteHost = options.handshakeConnection.connection.remote.host;
    this.#verifier = new BindRequestVerifier(options.session);
    this.#incoming = new IncomingFrames({
      codecs: this.codecs,
      answer: (type, plaintext) => this.#partnersMediaChannel?.send(type, plaintext),
      onFrame: (frame) => this.#handlers.onFrame(frame),
    });
    this.#primary = this.#channel(1, options.handshakeConnection);
  }

  /** Reads what comes from now on. The host lets the guest in by it, and says so. */
  start(): void {
    this.#primary.start();
    if (this.session.role === 'host') this.#primary.send(RecordType.ping, []);
  }

  /** Host: dials the guest back. Settles the route either way and never rejects. */
  async connectBack(transport: Transport, signal: AbortSignal): Promise<void> {
    const { peerListenPort } = this.session;
    if (peerListenPort !== undefined && peerListenPort !== 0) {
      try {
        const guest = { host: this.#remoteHost, port: peerListenPort };
        const onBound = (attached: HandshakeConnection): void => this.#adoptSecondary(attached);
        await dialReverseConnection(this.session, transport, guest, { signal, onBound });
        return;
      } catch {
        // A firewall at the guest is ordinary; both sides say that one connection carries all.
      }
    }
    if (this.#ended) return;
    this.#primary.send(RecordType.route, [Uint8Array.of(1)]);
    this.#settleRoute(1);
  }

  /**
   * Guest: takes connection 2, on which `request` came.
   *
   * @throws RoomkeyError `RK_HANDSHAKE_FAILED` where it does not belong to this session, came
   * before, or comes too late
   */
  attach(handshakeConnection: HandshakeConnection, request: Uint8Array): void {
    // The session's keys are erased then.
    if (this.#ended) {
      throw new RoomkeyError('RK_HANDSHAKE_FAILED', 'A second connection came after the end.');
    }
    handshakeConnection.connection.send([this.#verifier.verify(request)]);
    this.#letIn();
    this.#adoptSecondary(handshakeConnection);
  }

  /**
   * Sends a frame; the caller bounds how many are on the way.
   *
   * @returns false where the frame before it still waited for the transport, and was dropped for this one
   */
  sendFrame(frame: NumberedFrame): boolean {
    return this.#mediaChannel.send(RecordType.frame, encodeFrame(frame));
  }

  /** Tells the partner that its frames cannot be decoded, where that is so and it was not told yet. */
  requestKeyFrame(): void {
    this.#incoming.requestKeyFrame();
  }

  /** Says goodbye and ends all connections; resolves when they are gone. Can be called twice. */
  async close(code: number, reason: string): Promise<void> {
    this.#finish();
    await Promise.all([this.#primary.close(code, reason), this.#secondary?.close(code, reason)]);
  }

  /** On which connection the own frames go. */
  get #mediaConnection(): 1 | 2 {
    return this.session.role === 'host' && this.#secondary !== undefined ? 2 : 1;
  }

  get #mediaChannel(): SecureChannel {
    return this.#mediaConnection === 2 && this.#secondary ? this.#secondary : this.#primary;
  }

  #adoptSecondary(handshakeConnection: HandshakeConnection): void {
    if (this.#ended) {
      handshakeConnection.connection.abort();
      return;
    }
    this.#secondary = this.#channel(2, handshakeConnection);
    this.#settleRoute(2);
    this.#secondary.start();
  }

  #channel(connection: 1 | 2, handshakeConnection: HandshakeConnection): SecureChannel {
    handshakeConnection.connection.setMaxMessageBytes(MAX_RECORD_BYTES);
    const { role } = this.session;
    const handlers: ChannelHandlers = {
      onRecord: (type, plaintext) => this.#onRecord(connection, type, plaintext),
      onEnd: (end) => this.#onChannelEnd(connection, end),
    };
    return new SecureChannel({
      handshakeConnection,
      cipher: this.#cipher,
      sealSecret: this.session.trafficSecret(connection, role),
      openSecret: this.session.trafficSecret(connection, role === 'host' ? 'guest' : 'host'),
      handlers,
    });
  }

  /** The host says nothing but a close to a guest that it refuses. */
  #letIn(): void {
    if (this.#isLetIn) return;
    this.#isLetIn = true;
    this.#handlers.onLetIn();
  }

  #onRecord(connection: 1 | 2, type: number, plaintext: Uint8Array): void {
    this.#letIn();
    if (connection === 2) this.#isSecondaryProven = true;
    switch (type) {
      case RecordType.frame: {
        if (connection !== this.#partnersMediaConnection) throw violation('a frame out of place');
        this.#incoming.receive(plaintext);
        return;
      }
      case RecordType.acknowledgement:
        if (connection !== this.#mediaConnection)
          throw violation('an acknowledgement out of place');
        if (!this.#handlers.onAcknowledgement(decodeAcknowledgement(plaintext))) {
          throw violation('an acknowledgement of a frame that is not on the way');
        }
        return;
      case RecordType.keyFrameRequest:
        if (
          connection !== this.#mediaConnection ||
          plaintext.length !== 0 ||
          this.codecs.every((codec) => codec === 'jpeg')
        ) {
          throw violation('a request for a key frame out of place');
        }
        this.#handlers.onKeyFrameRequest();
        return;
      case RecordType.ping:
        if (plaintext.length !== 0) throw violation('a ping with a body');
        return;
      case RecordType.route:
        if (
          this.session.role !== 'guest' ||
          connection !== 1 ||
          this.#connections === 1 ||
          this.#isSecondaryProven ||
          plaintext.length !== 1 ||
          plaintext[0] !== 1
        ) {
          throw violation('a route out of place');
        }
        this.#verifier.close();
        this.#abandonSecondary();
        this.#settleRoute(1);
        return;
      default:
        throw violation(`a record of the unknown type ${type}`);
    }
  }

  /** On which connection the partner's frames come, once that is decided. */
  get #partnersMediaConnection(): 1 | 2 | undefined {
    return this.session.role === 'host' ? 1 : this.#connections;
  }

  get #partnersMediaChannel(): SecureChannel | undefined {
    return this.#partnersMediaConnection === 2 ? this.#secondary : this.#primary;
  }

  #settleRoute(connections: 1 | 2): void {
    this.#connections = connections;
    this.#handlers.onRoute(connections);
  }

  #onChannelEnd(connection: 1 | 2, end: ChannelEnd): void {
    // The host may have given it up, because the answer to its attach did not arrive or not whole: a
    // route says so then. Where it took it, it ends the call by itself.
    const isUnproven = this.session.role === 'guest' && !this.#isSecondaryProven;
    if (connection === 2 && end.kind === 'broken' && isUnproven) {
      this.#abandonSecondary();
    } else if (end.kind === 'broken' && this.#secondary && this.#lastWord === undefined) {
      this.#lastWord = setTimeout(() => this.#onEnd(end), LAST_WORD_MS);
    } else {
      this.#onEnd(end);
    }
  }

  #abandonSecondary(): void {
    this.#secondary?.abort();
    this.#secondary = undefined;
  }

  #onEnd(end: ChannelEnd): void {
    if (this.#ended) return;
    this.#finish();
    for (const channel of [this.#primary, this.#secondary]) {
      if (end.kind === 'invalid') void channel?.close(end.told.code, end.told.reason);
      else channel?.abort();
    }
    this.#handlers.onEnd(end);
  }

  #finish(): void {
    this.#ended = true;
    clearTimeout(this.#lastWord);
    this.session.erase();
  }
}
