import type { Cipher } from '../contracts/cipher.js';
import type { Transport } from '../contracts/transport.js';
import { RoomkeyError } from '../errors/index.js';
import { BindRequestVerifier } from '../secure/reverse-connection.js';
import { MAX_RECORD_BYTES, SecureChannel, type ChannelEnd } from '../secure/channel.js';
import type { HandshakeConnection } from '../secure/handshake-connection.js';
import { CloseCode, RecordType, type OpenedRecord } from '../secure/records.js';
import type { SecurityContext } from '../secure/security-context.js';
import { StreamMux, type OpenAnswer, type OpenOptions } from '../streams/mux.js';
import type { OutgoingStream } from '../streams/outgoing-stream.js';
import type { Scheduler, StreamClock } from '../streams/scheduler.js';
import type { TrafficClass } from '../streams/traffic-class.js';
import type { Hello, StreamOpen } from '../wire/control.js';
import { dialReverseConnection } from './dial-reverse-connection.js';

/**
 * After one connection broke, how long to wait for a close record on the other one, ms. A peer that
 * found a manipulated length can send the reason only there.
 */
const CLOSE_REASON_WAIT_MS = 500;

/** How long a peer may take to send its hello, ms: without it, it would only occupy the room. */
const HELLO_LIMIT_MS = 10_000;

/** The events of a session. Called synchronously; `onEnd` once, and last. */
export interface PeerSessionHandlers {
  /** Guest: it waits until the host lets it in; then follows `onAdmitted`. */
  onWaiting(): void;
  /** Guest: it is in the call. Before all events but `onWaiting`. */
  onAdmitted(): void;
  /**
   * The peer sent its hello: streams of these classes can be opened. Once for each class: a guest's
   * video does not wait until it is known whether there is a reverse connection.
   */
  onReady(hello: Hello, classes: readonly TrafficClass[]): void;
  /** The peer opens a stream. */
  onOpen(open: StreamOpen): OpenAnswer;
  /** The number of connections that carry media is known. */
  onTransportMode(connections: 1 | 2): void;
  onEnd(end: ChannelEnd): void;
}

/** The classes of a side's streams by their connection, where there are two. */
const MEDIA_CLASSES: readonly TrafficClass[] = ['video', 'files'];
const OTHER_CLASSES: readonly TrafficClass[] = ['audio', 'messages'];

/** One connection of a session. */
interface SessionConnection {
  readonly channel: SecureChannel;
  readonly scheduler: Scheduler;
}

/**
 * An authenticated session with one peer over one or two connections. Connection 1, which the guest
 * dialed, carries the guest's video and files and the host's sound and messages; the reverse
 * connection (connection 2), which the host dials, carries the others. So sound and messages never
 * wait behind the own video. Without a reverse connection, connection 1 carries all.
 */
export class PeerSession {
  readonly security: SecurityContext;
  readonly #hello: Hello;
  readonly #cipher: Cipher;
  readonly #handlers: PeerSessionHandlers;
  readonly #mux: StreamMux;
  readonly #primary: SessionConnection;
  /** The address of the peer, as in `TransportAddress`. */
  readonly remoteHost: string;
  readonly #verifier: BindRequestVerifier;
  #reverse: SessionConnection | undefined;
  /** Guest: whether a record of the host has shown that it uses the reverse connection. */
  #isReverseProven = false;
  #transportMode: 1 | 2 | undefined;
  #peerHello: Hello | undefined;
  /** The classes of which streams can be opened. */
  readonly #readyClasses = new Set<TrafficClass>();
  #closeTimer: NodeJS.Timeout | undefined;
  #helloTimer: NodeJS.Timeout | undefined;
  /** Whether the guest is in the call. Until then no one sends more than a hello. */
  #isAdmitted = false;
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
    this.remoteHost = options.handshakeConnection.connection.remote.host;
    this.#verifier = new BindRequestVerifier(security);
    this.#mux = new StreamMux({
      role: security.role,
      clock: options.clock,
      handlers: {
        onHello: (hello) => this.#onHello(hello),
        onAdmit: () => this.#onAdmit(),
        onOpen: (open) => handlers.onOpen(open),
      },
    });
    this.#primary = this.#createConnection(1, options.handshakeConnection);
  }

  /**
   * Starts to read. The host sends its hello, which admits the guest.
   *
   * @param options.isWaiting host: whether the guest waits for `admit`
   */
  start({ isWaiting = false }: { readonly isWaiting?: boolean } = {}): void {
    this.#helloTimer = setTimeout(() => this.#onNoHello(), HELLO_LIMIT_MS);
    const isHost = this.security.role === 'host';
    // Before anything is read: records that came with the handshake may be delivered at once.
    this.#isAdmitted = isHost && !isWaiting;
    this.#mux.isWaiting = isHost && isWaiting;
    this.#primary.channel.start();
    if (!isHost || this.#ended) return;
    this.#primary.scheduler.sendControl({ ...this.#hello, ...(isWaiting && { waiting: true }) });
  }

  /** Host: admits a guest, also one that waits. */
  admit(): void {
    if (!this.#mux.isWaiting) {
      this.start();
      return;
    }
    this.#isAdmitted = true;
    this.#mux.isWaiting = false;
    this.#primary.scheduler.sendControl({ type: 'admit' });
    this.#notifyIfReady();
  }

  /** Host: dials the reverse connection. Sets the transport mode in any case and never rejects. */
  async openReverseConnection(transport: Transport, signal: AbortSignal): Promise<void> {
    const { peerListenPort } = this.security;
    if (peerListenPort !== undefined && peerListenPort !== 0) {
      try {
        const guest = { host: this.remoteHost, port: peerListenPort };
        const onBound = (reverse: HandshakeConnection): void => this.#setReverseConnection(reverse);
        await dialReverseConnection(this.security, transport, guest, { signal, onBound });
        return;
      } catch {
        // A firewall at the guest is normal: one connection then carries all.
      }
    }
    if (this.#ended) return;
    this.#primary.channel.send({ type: RecordType.route }, [Uint8Array.of(1)]);
    this.#setTransportMode(1);
  }

  /**
   * Guest: binds the reverse connection on which `request` came.
   *
   * @throws RoomkeyError `RK_HANDSHAKE_FAILED` if the request does not belong to this session, was
   * used before, or comes too late
   */
  bindReverseConnection(handshakeConnection: HandshakeConnection, request: Uint8Array): void {
    // The keys are already erased.
    if (this.#ended) {
      throw new RoomkeyError(
        'RK_HANDSHAKE_FAILED',
        'A reverse connection came after the end of the session.',
      );
    }
    handshakeConnection.connection.send([this.#verifier.verify(request)]);
    this.#admit();
    this.#setReverseConnection(handshakeConnection);
  }

  /**
   * Opens a stream on the connection of its class; after `onReady`.
   *
   * @throws RangeError if 64 streams are open
   */
  open(options: OpenOptions): OutgoingStream {
    const isMedia = MEDIA_CLASSES.includes(options.trafficClass);
    return this.#mux.open((isMedia ? this.#media : this.#other).scheduler, options);
  }

  /**
   * Opens a stream on the connection on which `open` would not.
   *
   * @returns undefined if there is one connection
   * @throws RangeError if 64 streams are open
   */
  openCopy(options: OpenOptions): OutgoingStream | undefined {
    if (this.#reverse === undefined) return undefined;
    const isMedia = MEDIA_CLASSES.includes(options.trafficClass);
    return this.#mux.open((isMedia ? this.#other : this.#media).scheduler, options);
  }

  /** Guest: whether no one may be looking at the host's side; false until its hello came. */
  get isUnattended(): boolean {
    return this.security.role === 'guest' && this.#peerHello?.unattended === true;
  }

  /** Whether the session was closed or lost. */
  get isOver(): boolean {
    return this.#ended;
  }

  /** Sends a close and ends all connections; resolves when they are closed. Idempotent. */
  async close(code: number, reason: string): Promise<void> {
    this.#finish();
    await Promise.all([
      this.#primary.channel.close(code, reason),
      this.#reverse?.channel.close(code, reason),
    ]);
  }

  /** The connection that carries this side's video. */
  get #media(): SessionConnection {
    return (this.security.role === 'host' ? this.#reverse : undefined) ?? this.#primary;
  }

  /** The connection that does not, if there are two. */
  get #other(): SessionConnection {
    return (this.security.role === 'guest' ? this.#reverse : undefined) ?? this.#primary;
  }

  #setReverseConnection(handshakeConnection: HandshakeConnection): void {
    if (this.#ended) {
      handshakeConnection.connection.abort();
      return;
    }
    this.#reverse = this.#createConnection(2, handshakeConnection);
    this.#setTransportMode(2);
    // The host reads it once it has the hello, which could otherwise be overtaken.
    if (this.security.role === 'guest' || this.#peerHello !== undefined) {
      this.#reverse.channel.start();
    }
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

  /** Guest: a hello without `waiting`, `admit`, or the reverse connection came. */
  #admit(): void {
    if (this.#isAdmitted) return;
    this.#isAdmitted = true;
    this.#mux.isWaiting = false;
    this.#handlers.onAdmitted();
    this.#notifyIfReady();
  }

  #onRecord(connection: 1 | 2, scheduler: Scheduler, record: OpenedRecord): void {
    if (connection === 2) this.#isReverseProven = true;
    switch (record.type) {
      case RecordType.ping:
        if (record.plaintext.length !== 0) throw new RangeError('a ping is not empty');
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
      !this.#isAdmitted ||
      this.#transportMode === 1 ||
      this.#isReverseProven ||
      plaintext.length !== 1 ||
      plaintext[0] !== 1
    ) {
      throw new RangeError('a route is not allowed here');
    }
    this.#verifier.close();
    this.#dropReverseConnection();
    this.#setTransportMode(1);
  }

  #onHello(hello: Hello): void {
    clearTimeout(this.#helloTimer);
    this.#peerHello = hello;
    if (this.security.role === 'host') this.#reverse?.channel.start();
    else {
      // The guest answers second, so a side that has both hellos knows that the peer has them too.
      this.#primary.scheduler.sendControl(this.#hello);
      // The reverse connection may have come first.
      if (hello.waiting !== true) this.#admit();
      else if (!this.#isAdmitted) {
        this.#mux.isWaiting = true;
        this.#handlers.onWaiting();
      }
    }
    this.#notifyIfReady();
  }

  #onAdmit(): void {
    if (this.security.role === 'host') throw new RangeError('a guest admits no one');
    this.#admit();
  }

  #onNoHello(): void {
    const reason = 'no hello came';
    this.#onEnd({
      kind: 'invalid',
      error: new RoomkeyError('RK_RECORD_INVALID', 'The other side did not say what it supports.'),
      closeSent: { code: CloseCode.protocolError, reason },
    });
  }

  #setTransportMode(connections: 1 | 2): void {
    this.#transportMode = connections;
    this.#handlers.onTransportMode(connections);
    this.#notifyIfReady();
  }

  #notifyIfReady(): void {
    if (!this.#isAdmitted || this.#peerHello === undefined) return;
    const isRouted = this.#transportMode !== undefined;
    // A guest's video goes on connection 1 either way.
    const ready = this.security.role === 'guest' ? [...MEDIA_CLASSES] : [];
    if (isRouted) ready.push(...MEDIA_CLASSES, ...OTHER_CLASSES);
    const classes = [...new Set(ready)].filter((one) => !this.#readyClasses.has(one));
    if (classes.length === 0) return;
    for (const one of classes) this.#readyClasses.add(one);
    this.#handlers.onReady(this.#peerHello, classes);
  }

  #onChannelEnd(connection: 1 | 2, end: ChannelEnd): void {
    // The host may have given up the reverse connection because the bind response did not arrive
    // intact; it then sends a route. If the host uses the connection, it ends the call itself.
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
    clearTimeout(this.#helloTimer);
    this.#mux.close();
    this.security.erase();
  }
}
