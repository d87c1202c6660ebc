import { RoomkeyError } from '../errors/index.js';
import { RecordType, type OpenedRecord } from '../secure/records.js';
import { decodeAcknowledgement } from '../wire/acknowledgement.js';
import {
  decodeControl,
  type ControlMessage,
  type Hello,
  type RefuseReason,
  type StreamControl,
  type StreamOpen,
} from '../wire/control.js';
import { IncomingStream, type IncomingStreamSink } from './incoming-stream.js';
import { MAX_CONTROL_RATE, MAX_STREAMS, MAX_UNFINISHED_BYTES } from './limits.js';
import { OutgoingStream, type OutgoingStreamHandlers } from './outgoing-stream.js';
import { Scheduler, type RecordChannel, type StreamClock } from './scheduler.js';
import { trafficClasses, type TrafficClass } from './traffic-class.js';

const DEFAULT_INTERVAL_MS = 20;

/** The answer to a peer that opens a stream. */
export type OpenAnswer =
  | {
      readonly trafficClass: TrafficClass;
      /** Creates the receiver of its units. */
      readonly sink: (stream: IncomingStream) => IncomingStreamSink;
    }
  | { readonly refuse: RefuseReason };

/** The events of a mux. Called synchronously. */
export interface StreamMuxHandlers {
  /** The hello of the peer: once, and before all streams. */
  onHello(hello: Hello): void;
  /** The host lets a guest in that waits. */
  onAdmit(): void;
  /** The peer opens a stream. */
  onOpen(open: StreamOpen): OpenAnswer;
}

/** The properties of a new stream. */
export interface OpenOptions extends Pick<StreamOpen, 'protocol' | 'kind'> {
  readonly trafficClass: TrafficClass;
  /** The time between two units of live media, ms. Default: 20, as of sound. */
  readonly intervalMs?: number;
  readonly handlers: OutgoingStreamHandlers;
}

/** A stream to the peer and its connection. */
interface Outgoing {
  readonly stream: OutgoingStream;
  readonly scheduler: Scheduler;
}

/** A stream from the peer and its connection. */
interface Incoming {
  readonly stream: IncomingStream;
  readonly scheduler: Scheduler;
}

/**
 * Many streams over the one or two connections of a session (`docs/protocol.md`, Streams). A stream
 * stays on the connection on which it was opened; its control messages and acknowledgements travel
 * there too.
 */
export class StreamMux {
  readonly #handlers: StreamMuxHandlers;
  readonly #clock: StreamClock;
  /** The next id of this side: even for a host, odd for a guest. */
  #nextId: number;
  /**
   * The highest id of the peer so far on each connection: ids grow. Not over both connections, which
   * keep no order between them.
   */
  readonly #newestIncoming = new Map<Scheduler, number>();
  /** The ids of the peer that were used, on any connection: they are never used again. One bit each. */
  readonly #usedIds = new Uint8Array(2 ** 16 / 8);
  readonly #outgoing = new Map<number, Outgoing>();
  readonly #incoming = new Map<number, Incoming>();
  readonly #schedulers = new Set<Scheduler>();
  /**
   * Whether the guest waits to be let in. Until then a peer sends no control message after its hello
   * but `admit`, so that no stream is opened and no data can come.
   */
  isWaiting = false;
  #hasHello = false;
  #unfinishedBytes = 0;
  #controlSince = 0;
  #controlCount = 0;
  #isClosed = false;

  constructor(options: {
    readonly role: 'host' | 'guest';
    readonly handlers: StreamMuxHandlers;
    readonly clock: StreamClock;
  }) {
    this.#handlers = options.handlers;
    this.#clock = options.clock;
    this.#nextId = options.role === 'host' ? 2 : 1;
  }

  /** Adds a connection of the session. The caller calls its `Scheduler.pump` when the transport drained. */
  add(channel: RecordChannel): Scheduler {
    const scheduler = new Scheduler(channel, this.#clock);
    this.#schedulers.add(scheduler);
    return scheduler;
  }

  /**
   * Opens a stream to the peer.
   *
   * @throws RoomkeyError `RK_CLOSED` after the session
   * @throws RangeError if 64 streams are open, or if all ids were used
   */
  open(scheduler: Scheduler, options: OpenOptions): OutgoingStream {
    if (this.#isClosed) throw new RoomkeyError('RK_CLOSED', 'The session is over.');
    if (this.#outgoing.size >= MAX_STREAMS || this.#nextId > 65_535) {
      throw new RangeError('No more streams can be opened to this peer.');
    }
    const id = this.#nextId;
    this.#nextId += 2;
    const { protocol, kind, trafficClass, intervalMs = DEFAULT_INTERVAL_MS, handlers } = options;
    const stream = new OutgoingStream({
      id,
      trafficClass,
      intervalMs,
      handlers,
      carrier: {
        schedule: () => scheduler.pump(),
        get roundTripMs() {
          return scheduler.roundTripMs;
        },
        now: this.#clock.now,
        end: (reason) => {
          this.#forget(id);
          scheduler.sendControl({ type: 'end', stream: id, reason });
        },
      },
    });
    this.#outgoing.set(id, { stream, scheduler });
    scheduler.add(stream);
    scheduler.sendControl({ type: 'open', stream: id, protocol, ...(kind && { kind }) });
    return stream;
  }

  /**
   * Receives a record of type data, acknowledgement or control.
   *
   * @throws RangeError if it breaks the protocol; the call ends
   */
  receive(scheduler: Scheduler, record: OpenedRecord): void {
    if (record.type === RecordType.control) this.#onControl(scheduler, record.plaintext);
    else if (!this.#hasHello) throw new RangeError('something before the hello');
    else if (record.type === RecordType.data) this.#onData(scheduler, record);
    else this.#onAcknowledgement(scheduler, record);
  }

  /** Ends all streams with the session. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const scheduler of this.#schedulers) scheduler.close();
    this.#outgoing.clear();
    const incoming = [...this.#incoming.values()];
    this.#incoming.clear();
    for (const { stream } of incoming) stream.end('lost');
  }

  #onData(scheduler: Scheduler, { stream: id, hasMore, plaintext }: OpenedRecord): void {
    const incoming = this.#incoming.get(id);
    if (incoming === undefined) throw new RangeError(`data on the stream ${id}, which is not open`);
    if (incoming.scheduler !== scheduler) throw new RangeError('data on the other connection');
    scheduler.addReceivedBytes(incoming.stream, plaintext.length);
    incoming.stream.receive(plaintext, hasMore);
  }

  #onAcknowledgement(scheduler: Scheduler, { stream: id, plaintext }: OpenedRecord): void {
    const acknowledgement = decodeAcknowledgement(plaintext);
    scheduler.onAcknowledgement(acknowledgement.connectionBytes);
    const stream = this.#own(scheduler, id);
    // If the stream has ended, the acknowledgement and the end crossed.
    if (stream === undefined) scheduler.pump();
    else stream.acknowledge(acknowledgement);
  }

  #onControl(scheduler: Scheduler, plaintext: Uint8Array): void {
    this.#countControl();
    const message = decodeControl(plaintext);
    if (message?.type === 'hello') {
      const [first] = this.#schedulers;
      if (this.#hasHello || scheduler !== first) throw new RangeError('a hello out of place');
      this.#hasHello = true;
      this.#handlers.onHello(message);
      return;
    }
    if (!this.#hasHello) throw new RangeError('something before the hello');
    if (message?.type === 'admit') {
      this.#handlers.onAdmit();
      return;
    }
    if (this.isWaiting) throw new RangeError('something before the guest was let in');
    if (message !== undefined) this.#onStreamControl(scheduler, message);
  }

  #onStreamControl(scheduler: Scheduler, message: StreamControl): void {
    switch (message.type) {
      case 'open':
        this.#onOpen(scheduler, message);
        return;
      case 'end':
        this.#onEnd(scheduler, message);
        return;
      case 'accept':
        this.#own(scheduler, message.stream)?.accept(message.limit);
        return;
      case 'refuse':
        this.#onRefuse(scheduler, message.stream, message.reason);
        return;
      case 'key-frame':
        this.#own(scheduler, message.stream)?.requestKeyFrame();
        return;
      case 'view':
        this.#own(scheduler, message.stream)?.view(message.visible);
        return;
    }
  }

  #onRefuse(scheduler: Scheduler, id: number, reason: RefuseReason): void {
    const stream = this.#own(scheduler, id);
    if (stream === undefined) return;
    this.#forget(id);
    // Tells the peer which units were already in flight; later ones would break the protocol.
    scheduler.sendControl({ type: 'end', stream: id, reason: 'stopped' });
    stream.refuse(reason);
  }

  #onOpen(scheduler: Scheduler, open: StreamOpen): void {
    const { stream: id } = open;
    const isUsed = this.#isPassed(scheduler, id) || !this.#useId(id);
    if (id % 2 === this.#nextId % 2 || isUsed) {
      throw new RangeError(`a stream with the id ${id}, which is used or not the peer’s`);
    }
    this.#newestIncoming.set(scheduler, id);
    const answer: OpenAnswer =
      this.#incoming.size >= MAX_STREAMS ? { refuse: 'too-many' } : this.#handlers.onOpen(open);
    if ('refuse' in answer) {
      scheduler.sendControl({ type: 'refuse', stream: id, reason: answer.refuse });
      return;
    }
    const stream: IncomingStream = new IncomingStream({
      open,
      policy: trafficClasses[answer.trafficClass].policy,
      sink: answer.sink,
      carrier: {
        acknowledge: () => scheduler.acknowledge(stream),
        addUnfinishedBytes: (bytes) => this.#addUnfinishedBytes(bytes),
        requestKeyFrame: () => scheduler.sendControl({ type: 'key-frame', stream: id }),
        view: (visible) => scheduler.sendControl({ type: 'view', stream: id, visible }),
        refuse: () => scheduler.sendControl({ type: 'refuse', stream: id, reason: 'not-wanted' }),
      },
    });
    this.#incoming.set(id, { stream, scheduler });
    scheduler.sendControl({ type: 'accept', stream: id, limit: stream.limit });
  }

  #onEnd(
    scheduler: Scheduler,
    { stream: id, reason }: Extract<ControlMessage, { type: 'end' }>,
  ): void {
    const incoming = this.#incoming.get(id);
    if (incoming === undefined) {
      // A stream that was refused ends too.
      if (id % 2 !== this.#nextId % 2 && this.#isPassed(scheduler, id)) return;
      throw new RangeError(`the end of the stream ${id}, which was never opened`);
    }
    if (incoming.scheduler !== scheduler) throw new RangeError('an end on the other connection');
    this.#incoming.delete(id);
    incoming.stream.end(reason);
  }

  /** Whether this connection had this id of the peer, or a higher one. */
  #isPassed(scheduler: Scheduler, id: number): boolean {
    return id <= (this.#newestIncoming.get(scheduler) ?? 0);
  }

  /** @returns false if the id was used before */
  #useId(id: number): boolean {
    const at = id >> 3;
    const bit = 1 << (id & 7);
    const used = this.#usedIds[at] ?? 0;
    this.#usedIds[at] = used | bit;
    return (used & bit) === 0;
  }

  /** @returns undefined if the stream has ended @throws RangeError if it was never opened */
  #own(scheduler: Scheduler, id: number): OutgoingStream | undefined {
    if (id % 2 !== this.#nextId % 2 || id >= this.#nextId) {
      throw new RangeError(`the stream ${id} was never opened`);
    }
    const outgoing = this.#outgoing.get(id);
    if (outgoing !== undefined && outgoing.scheduler !== scheduler) {
      throw new RangeError('an answer on the other connection');
    }
    return outgoing?.stream;
  }

  #forget(id: number): void {
    const outgoing = this.#outgoing.get(id);
    this.#outgoing.delete(id);
    outgoing?.scheduler.remove(outgoing.stream);
  }

  #addUnfinishedBytes(bytes: number): void {
    this.#unfinishedBytes += bytes;
    if (this.#unfinishedBytes > MAX_UNFINISHED_BYTES) {
      throw new RangeError('too many unfinished units');
    }
  }

  #countControl(): void {
    const now = this.#clock.now();
    if (now - this.#controlSince >= 1_000) {
      this.#controlSince = now;
      this.#controlCount = 0;
    }
    this.#controlCount += 1;
    if (this.#controlCount > MAX_CONTROL_RATE) throw new RangeError('a flood of control messages');
  }
}
