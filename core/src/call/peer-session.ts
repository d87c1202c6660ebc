import type { Cipher } from '../contracts/cipher.js';
import type { Transport } from '../contracts/transport.js';
import { RoomkeyError } from '../errors/index.js';
import { BindRequestVerifier } from '../secure/reverse-connection.js';
import { MAX_RECORD_BYTES, SecureChannel, type ChannelEnd } from '../secure/channel.js';
import type { HandshakeConnection } from '../secure/handshake-connection.js';
import { RecordType, type OpenedRecord } from '../secure/records.js';
import type { SecurityContext } from '../secure/security-context.js';
import { StreamMux, type OpenAnswer, type OpenOptions } from '../streams/mux.js';
import type { OutgoingStream } from '../streams/outgoing-stream.js';
import type { Scheduler, StreamClock } from '../streams/scheduler.js';
import type { Hello, StreamOpen } from '../wire/control.js';
import { dialReverseConnection } from './dial-reverse-connection.js';
import { VIDEO_PROTOCOL } from './protocols.js';

/**
 * How long a connection that was cut lets the other one say why, ms: who finds a length that was
 * changed can say so there only.
 */
const CLOSE_REASON_WAIT_MS = 500;

/** What a session tells. Called synchronously; the end once, and last. */
export interface PeerSessionHandlers {
  /** Guest: the host let it in, and does not refuse any more. Before all that comes from the host. */
  onAdmitted(): void;
  /** The peer said what it can receive, and it is decided where own media go: streams can be opened. */
  onReady(hello: Hello): void;
  /** The peer wants to open a stream. */
  onOpen(open: StreamOpen): OpenAnswer;
  /** It is decided by how many connections the media go. */
  onTransportMode(connections: 1 | 2): void;
  onEnd(end: ChannelEnd): void;
}

/** One connection of a session. */
interface SessionConnection {
  readonly channel: SecureChannel;
  readonly scheduler: Scheduler;
}

/**
 * An authenticated session with one peer over its connections. Connection 1, which the guest dialled,
 * carries the guest's video and what is said of it; connection 2, dialled back by the host, the other
 * way round. Where connection 2 cannot be made, connection 1 carries all.
 */
export class PeerSession {
  readonly security: SecurityContext;
  readonly #hello: Hello;
  readonly #cipher: Cipher;
  readonly #handlers: PeerSessionHandlers;
  readonly #mux: StreamMux;
  readonly #primary: SessionConnection;
  readonly #remoteHost: string;
  readonly #verifier: BindRequestVerifier;
  #reverse: SessionConnection | undefined;
  /** Guest: whether the host has shown that its connection 2 is attached too. */
  #isReverseProven = false;
  #transportMode: 1 | 2 | undefined;
  #peerHello: Hello | undefined;
  #isReady = false;
  #closeTimer: NodeJS.Timeout | undefined;
  /** The host lets in, and need not wait for it. */
  #isAdmitted: boolean;
  #ended = false;

  /** @param options.hello what this side can receive */
  constructor(options: {
    readonly security: SecurityContext;
    readonly hello: Hello;
    readonly cipher: Cipher;
    readonly handshakeConnection: HandshakeConnection;
    readonly clock: StreamClock;
    readonly handlers: PeerSessionHandlers;
  }) {
    const { security, handlers } = options;
    this.security = security;
    this.#hello = options.hello;
    this.#cipher = options.cipher;
    this.#handlers = handlers;
    this.#isAdmitted = security.role === 'host';
    this.#remoteHost = options.handshakeConnection.connection.remote.host;
    this.#verifier = new BindRequestVerifier(security);
    this.#mux = new StreamMux({
      role: security.role,
      clock: options.clock,
      handlers: {
        onHello: (hello) => this.#onHello(hello),
        onOpen: (open) => handlers.onOpen(open),
      },
    });
    this.#primary = this.#createConnection(1, options.handshakeConnection);
  }

  /** Reads what comes from now on. The host lets the guest in by its hello, which says so. */
  start(): void {
    this.#primary.channel.start();
    if (this.security.role === 'host') this.#primary.scheduler.sendControl(this.#hello);
  }

  /** Host: dials the guest back. Settles the route either way and never rejects. */
  async openReverseConnection(transport: Transport, signal: AbortSignal): Promise<void> {
    const { peerListenPort } = this.security;
    if (peerListenPort !== undefined && peerListenPort !== 0) {
      try {
        const guest = { host: this.#remoteHost, port: peerListenPort };
        const onBound = (reverse: HandshakeConnection): void => this.#setReverseConnection(reverse);
        await dialReverseConnection(this.security, transport, guest, { signal, onBound });
        return;
      } catch {
        // A firewall at the guest is ordinary; both sides say that one connection carries all.
      }
    }
    if (this.#ended) return;
    this.#primary.channel.send({ type: RecordType.route }, [Uint8Array.of(1)]);
    this.#setTransportMode(1);
  }

  /**
   * Guest: takes connection 2, on which `request` came.
   *
   * @throws RoomkeyError `RK_HANDSHAKE_FAILED` where it does not belong to this session, came
   * before, or comes too late
   */
  bindReverseConnection(handshakeConnection: HandshakeConnection, request: Uint8Array): void {
    // The session's keys are erased then.
    if (this.#ended) {
      throw new RoomkeyError('RK_HANDSHAKE_FAILED', 'A second connection came after the end.');
    }
    handshakeConnection.connection.send([this.#verifier.verify(request)]);
    this.#admit();
    this.#setReverseConnection(handshakeConnection);
  }

  /**
   * Opens a stream of video on the own media's connection; after `onReady`.
   *
   * @throws RangeError where the 64 that may be open are
   */
  openVideo(options: Pick<OpenOptions, 'kind' | 'intervalMs' | 'handlers'>): OutgoingStream {
    return this.#mux.open(this.#mediaConnection.scheduler, {
      ...options,
      protocol: VIDEO_PROTOCOL,
      trafficClass: 'video',
    });
  }

  /** Whether it was left, or is lost: what ends now, ends with it. */
  get isOver(): boolean {
    return this.#ended;
  }

  /** Says goodbye and ends all connections; resolves when they are gone. Can be called twice. */
  async close(code: number, reason: string): Promise<void> {
    this.#finish();
    await Promise.all([
      this.#primary.channel.close(code, reason),
      this.#reverse?.channel.close(code, reason),
    ]);
  }

  /** Where the own video goes. */
  get #mediaConnection(): SessionConnection {
    return this.security.role === 'host' && this.#reverse ? this.#reverse : this.#primary;
  }

  #setReverseConnection(handshakeConnection: HandshakeConnection): void {
    if (this.#ended) {
      handshakeConnection.connection.abort();
      return;
    }
    this.#reverse = this.#createConnection(2, handshakeConnection);
    this.#setTransportMode(2);
    this.#reverse.channel.start();
  }

  #createConnection(
    connection: 1 | 2,
    handshakeConnection: HandshakeConnection,
  ): SessionConnection {
    handshakeConnection.connection.setMaxMessageBytes(MAX_RECORD_BYTES);
    const { role } = this.security;
    const channel = new SecureChannel({
      handshakeConnection,
      cipher: this.#cipher,
      sealSecret: this.security.trafficSecret(connection, role),
      openSecret: this.security.trafficSecret(connection, role === 'host' ? 'guest' : 'host'),
      handlers: {
        onRecord: (record) => this.#onRecord(connection, scheduler, record),
        onDrained: () => scheduler.pump(),
        onEnd: (end) => this.#onChannelEnd(connection, end),
      },
    });
    const scheduler = this.#mux.add(channel);
    return { channel, scheduler };
  }

  /** The host says nothing but a close to a guest that it refuses. */
  #admit(): void {
    if (this.#isAdmitted) return;
    this.#isAdmitted = true;
    this.#handlers.onAdmitted();
  }

  #onRecord(connection: 1 | 2, scheduler: Scheduler, record: OpenedRecord): void {
    this.#admit();
    if (connection === 2) this.#isReverseProven = true;
    switch (record.type) {
      case RecordType.ping:
        if (record.plaintext.length !== 0) throw new RangeError('a ping with a body');
        return;
      case RecordType.route:
        this.#onRoute(connection, record.plaintext);
        return;
      default:
        this.#mux.receive(scheduler, record);
    }
  }

  #onRoute(connection: 1 | 2, plaintext: Uint8Array): void {
    if (
      this.security.role !== 'guest' ||
      connection !== 1 ||
      this.#transportMode === 1 ||
      this.#isReverseProven ||
      plaintext.length !== 1 ||
      plaintext[0] !== 1
    ) {
      throw new RangeError('a route out of place');
    }
    this.#verifier.close();
    this.#dropReverseConnection();
    this.#setTransportMode(1);
  }

  #onHello(hello: Hello): void {
    this.#peerHello = hello;
    // The guest answers, so whoever has both hellos knows that the other side has them too.
    if (this.security.role === 'guest') this.#primary.scheduler.sendControl(this.#hello);
    this.#notifyIfReady();
  }

  #setTransportMode(connections: 1 | 2): void {
    this.#transportMode = connections;
    this.#handlers.onTransportMode(connections);
    this.#notifyIfReady();
  }

  /** A guest's video goes on connection 1 either way. */
  #notifyIfReady(): void {
    const isRouted = this.security.role === 'guest' || this.#transportMode !== undefined;
    if (this.#isReady || !isRouted || this.#peerHello === undefined) return;
    this.#isReady = true;
    this.#handlers.onReady(this.#peerHello);
  }

  #onChannelEnd(connection: 1 | 2, end: ChannelEnd): void {
    // The host may have given it up, because the answer to its attach did not arrive or not whole: a
    // route says so then. Where it took it, it ends the call by itself.
    const isUnproven = this.security.role === 'guest' && !this.#isReverseProven;
    if (connection === 2 && end.kind === 'broken' && isUnproven) {
      this.#dropReverseConnection();
    } else if (end.kind === 'broken' && this.#reverse && this.#closeTimer === undefined) {
      this.#closeTimer = setTimeout(() => this.#onEnd(end), CLOSE_REASON_WAIT_MS);
    } else {
      this.#onEnd(end);
    }
  }

  #dropReverseConnection(): void {
    this.#reverse?.channel.abort();
    this.#reverse?.scheduler.close();
    this.#reverse = undefined;
  }

  #onEnd(end: ChannelEnd): void {
    if (this.#ended) return;
    this.#finish();
    for (const connection of [this.#primary, this.#reverse]) {
      if (end.kind === 'invalid')
        void connection?.channel.close(end.closeSent.code, end.closeSent.reason);
      else connection?.channel.abort();
    }
    this.#handlers.onEnd(end);
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#closeTimer);
    this.#mux.close();
    this.security.erase();
  }
}
