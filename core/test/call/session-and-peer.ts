import { onTestFinished, vi } from 'vitest';
import { PeerSession, type PeerSessionHandlers } from '../../src/call/peer-session.js';
import { createHello } from '../../src/call/hello.js';
import { VIDEO_PROTOCOL, videoOffer } from '../../src/media/video-protocol.js';
import { MemoryNetwork } from '../../src/conformance/memory-transport.js';
import type { Connection } from '../../src/contracts/transport.js';
import type { ChannelEnd } from '../../src/secure/channel.js';
import { MAX_RECORD_BYTES } from '../../src/secure/channel.js';
import { GuestHandshake } from '../../src/secure/guest-handshake.js';
import { HandshakeConnection } from '../../src/secure/handshake-connection.js';
import { HostHandshake } from '../../src/secure/host-handshake.js';
import {
  RecordOpener,
  RecordSealer,
  RecordType,
  type OpenedRecord,
  type RecordFields,
} from '../../src/secure/records.js';
import { BindRequestVerifier, createBindRequest } from '../../src/secure/reverse-connection.js';
import type { SecurityContext } from '../../src/secure/security-context.js';
import type { IncomingStream, IncomingStreamSink } from '../../src/streams/incoming-stream.js';
import type { OutgoingStream } from '../../src/streams/outgoing-stream.js';
import { encodeControl, type ControlMessage, type Hello } from '../../src/wire/control.js';
import { readBytesUnit } from '../../src/wire/index.js';
import { testCipher } from '../secure/aes-gcm.js';
import { createPeers } from '../secure/peers.js';
import { recordingHandlers } from '../streams/mux-pair.js';

const cipher = testCipher();
/** The hello of both sides. */
export const hello: Hello = createHello([videoOffer(['jpeg'])]);

function createSecurityContexts(listenPort: number): {
  guest: SecurityContext;
  host: SecurityContext;
} {
  const peers = createPeers(0);
  const guestHandshake = new GuestHandshake({ ...peers.guest, listenPort });
  const hostHandshake = new HostHandshake(peers.host);
  const f3 = guestHandshake.exchange(hostHandshake.reply(guestHandshake.hello()));
  const { message, security } = hostHandshake.confirm(f3);
  return { guest: guestHandshake.finish(message), host: security };
}

/** Both ends of a connection. */
export async function connectionPair(network: MemoryNetwork): Promise<[Connection, Connection]> {
  let accept!: (connection: Connection) => void;
  const incoming = new Promise<Connection>((resolve) => (accept = resolve));
  const listener = await network.machine('10.0.0.1').listen({ onConnection: accept });
  const dialed = await network.machine('10.0.0.2').dial({ host: '10.0.0.1', port: listener.port });
  return [dialed, await incoming];
}

/** Lets the memory network deliver, which it does in turns of the event loop. */
export async function delivered(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise(setImmediate);
}

/** Lets everything in flight arrive. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

export function openOf(stream: number): ControlMessage {
  return { type: 'open', stream, protocol: 'video/1', kind: 'camera' };
}

/** A record in words: `hello`, `accept 2`, `data 2+`, `ack 2`, `ping`, `route`, `close`. */
export function describeRecord({ type, stream, hasMore, plaintext }: OpenedRecord): string {
  switch (type) {
    case RecordType.data:
      return `data ${stream}${hasMore ? '+' : ''}`;
    case RecordType.acknowledgement:
      return `ack ${stream}`;
    case RecordType.control: {
      const message = JSON.parse(Buffer.from(plaintext).toString()) as ControlMessage;
      return 'stream' in message ? `${message.type} ${message.stream}` : message.type;
    }
    case RecordType.ping:
      return 'ping';
    case RecordType.route:
      return 'route';
    case RecordType.close:
      return 'close';
  }
}

/** The peer's end of a connection, which has the right keys and sends what a test wants. */
export class PeerConnection {
  readonly connection: Connection;
  readonly records: OpenedRecord[] = [];
  readonly ended: Promise<Error | undefined>;
  readonly #sealer: RecordSealer;
  readonly #opener: RecordOpener;
  /** What takes the message before the first record, where there is one and it did not come. */
  #onFirstMessage: ((message: Uint8Array) => void) | undefined;

  constructor(
    connection: Connection,
    peer: SecurityContext,
    number: 1 | 2,
    options: {
      /** Takes the message before the first record, where there is one. */
      readonly onFirstMessage?: (message: Uint8Array) => void;
      /** Where the handshake was done on this connection. */
      readonly via?: HandshakeConnection;
    } = {},
  ) {
    this.connection = connection;
    this.#onFirstMessage = options.onFirstMessage;
    const own = peer.role === 'host' ? 'guest' : 'host';
    this.#opener = new RecordOpener(cipher, peer.trafficSecret(number, own));
    this.#sealer = new RecordSealer(cipher, peer.trafficSecret(number, peer.role));
    connection.setMaxMessageBytes(MAX_RECORD_BYTES);
    this.ended = new Promise((resolve) => {
      const receiver = {
        onMessage: (message: Uint8Array) => this.#onMessage(message),
        onEnd: resolve,
      };
      if (options.via === undefined) connection.receive(receiver);
      else options.via.handOver(receiver);
    });
    onTestFinished(() => connection.abort());
  }

  /** The received records as `describeRecord` shows them. */
  get descriptions(): string[] {
    return this.records.map(describeRecord);
  }

  send(fields: RecordFields | RecordType, ...parts: Uint8Array[]): void {
    const header = typeof fields === 'number' ? { type: fields } : fields;
    this.connection.send(this.#sealer.seal(header, parts));
  }

  control(message: ControlMessage): void {
    this.send(RecordType.control, encodeControl(message));
  }

  /** Sends a unit of one fragment. */
  unit(stream: number, number: number): void {
    const unit = new Uint8Array(20);
    const view = new DataView(unit.buffer);
    view.setUint8(1, 1);
    view.setUint32(4, number);
    this.send({ type: RecordType.data, stream }, unit);
  }

  #onMessage(message: Uint8Array): void {
    const onFirstMessage = this.#onFirstMessage;
    this.#onFirstMessage = undefined;
    if (onFirstMessage !== undefined) onFirstMessage(message);
    else this.records.push(this.#opener.open(message));
  }
}

/** A session of our own, and its peer. */
export interface SessionAndPeer {
  readonly session: PeerSession;
  readonly network: MemoryNetwork;
  /** The own end of connection 1. */
  readonly near: Connection;
  /** The peer's end of it. */
  readonly far: PeerConnection;
  /** The peer's keys. */
  readonly peer: SecurityContext;
  /** The calls of the handlers, in order. */
  readonly calls: string[];
  readonly hellos: Hello[];
  /** The numbers of the received units, by stream. */
  readonly units: Map<number, number[]>;
  readonly ended: Promise<ChannelEnd>;
  /** Opens a stream of the session's own, and takes note of what is reported to it. */
  readonly open: () => { readonly stream: OutgoingStream; readonly log: string[] };
  /** The peer says hello, and has the own one. */
  readonly sendHello: () => Promise<void>;
  /** Guest: the host opens the reverse connection. */
  readonly bindReverseConnection: () => Promise<PeerConnection>;
  /** Host: opens the reverse connection, which the guest accepts. */
  readonly openReverseConnection: () => Promise<PeerConnection>;
}

/**
 * @param role the session's
 * @param options.isWaiting host: whether the guest has to be let in
 */
export async function sessionAndPeer(
  role: 'guest' | 'host',
  options: {
    readonly isWaiting?: boolean;
    /** What the peer sends before the session starts; all of it is delivered at the start at once. */
    readonly beforeStart?: (far: PeerConnection) => Promise<void>;
  } = {},
): Promise<SessionAndPeer> {
  const network = new MemoryNetwork();
  const [near, farEnd] = await connectionPair(network);
  let onDialed: (connection: Connection) => void = () => undefined;
  const listener = await network
    .machine('10.0.0.1')
    .listen({ onConnection: (connection) => onDialed(connection) });
  const { guest, host } = createSecurityContexts(listener.port);
  const own = role === 'guest' ? guest : host;
  const peer = role === 'guest' ? host : guest;
  const calls: string[] = [];
  const hellos: Hello[] = [];
  const units = new Map<number, number[]>();
  let resolveEnd!: (end: ChannelEnd) => void;
  const ended = new Promise<ChannelEnd>((resolve) => (resolveEnd = resolve));
  const sink = (stream: IncomingStream): IncomingStreamSink => ({
    onUnit: (bytes) => {
      const numbers = units.get(stream.id) ?? [];
      units.set(stream.id, numbers);
      numbers.push(readBytesUnit(bytes).number);
      stream.consume();
    },
    onEnd: (reason) => calls.push(`end ${stream.id} ${reason}`),
  });
  const handlers: PeerSessionHandlers = {
    onWaiting: () => calls.push('waiting'),
    onAdmitted: () => calls.push('let in'),
    onReady: (said, classes) => {
      if (classes.includes('video')) hellos.push(said);
      calls.push(classes.includes('video') ? 'ready' : 'ready for sound');
    },
    onOpen: ({ stream }) => {
      calls.push(`open ${stream}`);
      return { trafficClass: 'video', sink };
    },
    onTransportMode: (connections) => calls.push(`route ${connections}`),
    onEnd: (end) => {
      calls.push('over');
      resolveEnd(end);
    },
  };
  const far = new PeerConnection(farEnd, peer, 1);
  const session = new PeerSession({
    security: own,
    hello,
    cipher,
    handshakeConnection: new HandshakeConnection(near),
    clock: { now: () => performance.now(), wallTime: () => Date.now() },
    handlers,
  });
  if (options.beforeStart !== undefined) {
    // As a transport that has read more before it was paused.
    vi.spyOn(near, 'pause').mockReturnValue();
    await options.beforeStart(far);
  }
  session.start(options);
  onTestFinished(() => session.close(0, ''));
  return {
    ...{ session, network, near, far, peer, calls, hellos, units, ended },
    open: () => {
      const handlers = recordingHandlers();
      const stream = session.open({
        ...{ protocol: VIDEO_PROTOCOL, trafficClass: 'video', kind: 'camera' },
        ...{ intervalMs: 33, handlers },
      });
      return { stream, log: handlers.log };
    },
    sendHello: async () => {
      far.control(hello);
      await delivered(() => far.descriptions.includes('hello'));
      await settled();
    },
    bindReverseConnection: async () => {
      const [dialed, incoming] = await connectionPair(network);
      const answered = new Promise<PeerConnection>((resolve) => {
        const reverse = new PeerConnection(dialed, peer, 2, {
          onFirstMessage: () => resolve(reverse),
        });
      });
      session.bindReverseConnection(new HandshakeConnection(incoming), createBindRequest(peer));
      return await answered;
    },
    openReverseConnection: async () => {
      const verifier = new BindRequestVerifier(peer);
      const bound = new Promise<PeerConnection>((resolve) => {
        onDialed = (connection) => {
          const reverse = new PeerConnection(connection, peer, 2, {
            onFirstMessage: (request) => {
              connection.send([verifier.verify(request)]);
              resolve(reverse);
            },
          });
        };
      });
      const dialing = session.openReverseConnection(
        network.machine('10.0.0.2'),
        new AbortController().signal,
      );
      return (await Promise.all([bound, dialing]))[0];
    },
  };
}
