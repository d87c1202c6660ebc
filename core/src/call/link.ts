import type { VideoCodec } from '../contracts/camera.js';
import type { Cipher } from '../contracts/cipher.js';
import type { Transport } from '../contracts/transport.js';
import { RoomkeyError } from '../errors/index.js';
import { AttachVerifier, createAttach, verifyAttachOk } from '../secure/attach.js';
import {
  MAX_RECORD_BYTES,
  SecureChannel,
  type ChannelEnd,
  type ChannelHandlers,
} from '../secure/channel.js';
import { Conversation } from '../secure/conversation.js';
import { RecordType } from '../secure/records.js';
import type { Session } from '../secure/session.js';
import { codecsOf } from './codecs.js';
import { KeyFrameLimit } from './key-frame-limit.js';
import {
  decodeAcknowledgement,
  decodeFrame,
  encodeAcknowledgement,
  encodeFrame,
  type NumberedFrame,
} from './media.js';

/** How long connection 2 may take to be attached, ms. */
export const ATTACH_TIMEOUT_MS = 5_000;

/** What a link tells. Called synchronously; the end once, and last. */
export interface LinkHandlers {
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
  readonly #keyFrames = new KeyFrameLimit(() => performance.now());
  readonly #cipher: Cipher;
  readonly #handlers: LinkHandlers;
  readonly #primary: SecureChannel;
  readonly #remoteHost: string;
  readonly #verifier: AttachVerifier;
  #secondary: SecureChannel | undefined;
  #connections: 1 | 2 | undefined;
  /** Of the partner's frames. */
  #newestFrame = -1;
  #isAcknowledgementDue = false;
  #ended = false;

  constructor(options: {
    readonly session: Session;
    readonly cipher: Cipher;
    readonly conversation: Conversation;
    readonly handlers: LinkHandlers;
  }) {
    this.session = options.session;
    this.codecs = codecsOf(options.session.capabilities);
    this.#cipher = options.cipher;
    this.#handlers = options.handlers;
    this.#remoteHost = options.conversation.connection.remote.host;
    this.#verifier = new AttachVerifier(options.session);
    this.#primary = this.#channel(1, options.conversation);
  }

  /** Reads what comes from now on. */
  start(): void {
    this.#primary.start();
  }

  /** Host: dials the guest back. Settles the route either way and never rejects. */
  async connectBack(transport: Transport, signal: AbortSignal): Promise<void> {
    const { peerListenPort } = this.session;
    if (peerListenPort !== undefined && peerListenPort !== 0) {
      try {
        await this.#dialBack(transport, peerListenPort, signal);
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
  attach(conversation: Conversation, request: Uint8Array): void {
    // The session's keys are erased then.
    if (this.#ended) {
      throw new RoomkeyError('RK_HANDSHAKE_FAILED', 'A second connection came after the end.');
    }
    conversation.connection.send([this.#verifier.verify(request)]);
    this.#adoptSecondary(conversation);
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
    if (this.#keyFrames.take()) this.#partnersMediaChannel?.send(RecordType.keyFrameRequest, []);
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

  async #dialBack(transport: Transport, port: number, signal: AbortSignal): Promise<void> {
    const connection = await transport.dial({ host: this.#remoteHost, port }, { signal });
    try {
      const conversation = new Conversation(connection);
      const request = createAttach(this.session);
      connection.send([request]);
      await conversation.next(
        (answer) => {
          verifyAttachOk(this.session, request, answer);
          this.#adoptSecondary(conversation);
        },
        { timeoutMs: ATTACH_TIMEOUT_MS, signal },
      );
    } catch (error) {
      connection.abort();
      throw error;
    }
  }

  #adoptSecondary(conversation: Conversation): void {
    if (this.#ended) {
      conversation.connection.abort();
      return;
    }
    this.#secondary = this.#channel(2, conversation);
    this.#settleRoute(2);
    this.#secondary.start();
  }

  #channel(connection: 1 | 2, conversation: Conversation): SecureChannel {
    conversation.connection.setMaxMessageBytes(MAX_RECORD_BYTES);
    const { role } = this.session;
    const handlers: ChannelHandlers = {
      onRecord: (type, plaintext) => this.#onRecord(connection, type, plaintext),
      onEnd: (end) => this.#onEnd(end),
    };
    return new SecureChannel({
      conversation,
      cipher: this.#cipher,
      sealSecret: this.session.trafficSecret(connection, role),
      openSecret: this.session.trafficSecret(connection, role === 'host' ? 'guest' : 'host'),
      handlers,
    });
  }

  #onRecord(connection: 1 | 2, type: number, plaintext: Uint8Array): void {
    switch (type) {
      case RecordType.frame: {
        if (connection !== this.#partnersMediaConnection) throw violation('a frame out of place');
        const frame = decodeFrame(plaintext, this.codecs);
        if (frame.number <= this.#newestFrame) throw violation('a frame whose number did not grow');
        this.#newestFrame = frame.number;
        this.#keyFrames.note(frame.frame);
        this.#handlers.onFrame(frame);
        this.#acknowledge();
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
          this.#connections !== undefined ||
          plaintext.length !== 1 ||
          plaintext[0] !== 1
        ) {
          throw violation('a route out of place');
        }
        this.#verifier.close();
        this.#settleRoute(1);
        return;
      default:
        throw violation(`a record of the unknown type ${type}`);
    }
  }

  /**
   * Acknowledges the newest frame once all that came with it is read: an answer to each of a million
   * tiny frames would be a million records.
   */
  #acknowledge(): void {
    if (this.#isAcknowledgementDue) return;
    this.#isAcknowledgementDue = true;
    process.nextTick(() => {
      this.#isAcknowledgementDue = false;
      this.#partnersMediaChannel?.send(RecordType.acknowledgement, [
        encodeAcknowledgement(this.#newestFrame),
      ]);
    });
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
    this.session.erase();
  }
}

function violation(what: string): RoomkeyError {
  return new RoomkeyError(
    'RK_RECORD_INVALID',
    `The other side sent ${what}. The call was cut; update Roomkey on both sides.`,
  );
}
