import { RecordType, type OpenedRecord, type RecordFields } from '../../src/secure/records.js';
import type { IncomingStream, IncomingStreamSink } from '../../src/streams/incoming-stream.js';
import { StreamMux, type OpenAnswer, type OpenOptions } from '../../src/streams/mux.js';
import type { OutgoingStream, OutgoingStreamHandlers } from '../../src/streams/outgoing-stream.js';
import type { RecordChannel, Scheduler } from '../../src/streams/scheduler.js';
import type { EndReason, Hello, RefuseReason, StreamOpen } from '../../src/wire/control.js';
import { bytesHeader, readBytesUnit } from '../../src/wire/index.js';

export const hello: Hello = {
  type: 'hello',
  program: { name: 'test', version: '1' },
  protocols: [],
};

/** Time that stands still until a test moves it. */
export class ManualTime {
  ms = 1_000;
  readonly clock = { now: () => this.ms, wallTime: () => 1_700_000_000_000 + this.ms };
}

/** One direction of a connection: records wait in it until the test delivers them. */
export class TestChannel implements RecordChannel {
  hasCapacity = true;
  readonly records: OpenedRecord[] = [];

  send({ type, stream = 0, hasMore = false }: RecordFields, parts: readonly Uint8Array[]): void {
    this.records.push({ type, stream, hasMore, plaintext: new Uint8Array(Buffer.concat(parts)) });
  }

  /** What waits, in words: `data 1+` is a fragment that more follow. */
  get waiting(): string[] {
    return this.records.map(({ type, stream, hasMore, plaintext }) => {
      if (type === RecordType.data) return `data ${stream}${hasMore ? '+' : ''}`;
      if (type === RecordType.acknowledgement) return `ack ${stream}`;
      const { type: control, stream: id } = JSON.parse(Buffer.from(plaintext).toString()) as {
        type: string;
        stream?: number;
      };
      return id === undefined ? control : `${control} ${id}`;
    });
  }
}

/** What a sink got, and when it takes units. */
export class TestSink implements IncomingStreamSink {
  readonly units: Uint8Array[] = [];
  ended: EndReason | undefined;
  /** Whether it takes each unit when it comes. */
  takes = true;
  readonly stream: IncomingStream;

  constructor(stream: IncomingStream) {
    this.stream = stream;
  }

  onUnit(unit: Uint8Array): void {
    this.units.push(unit);
    if (this.takes) this.stream.consume();
  }

  onEnd(reason: EndReason): void {
    this.ended = reason;
  }

  /** The first byte of each unit's content. */
  get marks(): (number | undefined)[] {
    return this.units.map((unit) => readBytesUnit(unit).data[0]);
  }
}

/** One side of a session. */
export class TestSide {
  readonly mux: StreamMux;
  readonly channel = new TestChannel();
  readonly scheduler: Scheduler;
  readonly hellos: Hello[] = [];
  readonly opens: StreamOpen[] = [];
  readonly sinks: TestSink[] = [];
  answer: Partial<Extract<OpenAnswer, { trafficClass: unknown }>> | { refuse: RefuseReason } = {};

  constructor(role: 'host' | 'guest', time: ManualTime) {
    this.mux = new StreamMux({
      role,
      clock: time.clock,
      handlers: {
        onHello: (message) => this.hellos.push(message),
        onAdmit: () => undefined,
        onOpen: (open) => {
          this.opens.push(open);
          if ('refuse' in this.answer) return this.answer;
          const sink = (stream: IncomingStream): TestSink => {
            const made = new TestSink(stream);
            this.sinks.push(made);
            return made;
          };
          return { trafficClass: 'video', sink, ...this.answer };
        },
      },
    });
    this.scheduler = this.mux.add(this.channel);
  }
}

/** Two sides that know each other's hello, on one connection. */
export class MuxPair {
  readonly time = new ManualTime();
  readonly host = new TestSide('host', this.time);
  readonly guest = new TestSide('guest', this.time);

  constructor() {
    this.host.scheduler.sendControl(hello);
    this.guest.scheduler.sendControl(hello);
  }

  /** Delivers what waits in both directions, and what comes of it, `roundTripMs` for each way and back. */
  async settle(roundTripMs = 1): Promise<void> {
    for (let quiet = 0; quiet < 2;) {
      // Acknowledgements go out once all that came is read.
      await new Promise((resolve) => setImmediate(resolve));
      const moved = this.deliver(this.host, this.guest) + this.deliver(this.guest, this.host);
      quiet = moved === 0 ? quiet + 1 : 0;
      this.time.ms += roundTripMs / 2;
    }
  }

  /** Delivers at most so many of the records that wait. @returns how many there were */
  deliver(from: TestSide, to: TestSide, most = Infinity): number {
    const records = from.channel.records.splice(0, most);
    for (const record of records) to.mux.receive(to.scheduler, record);
    return records.length;
  }
}

/** The handlers of a stream that takes note of what it is told. */
export function recordingHandlers(log: string[] = []): OutgoingStreamHandlers & { log: string[] } {
  return {
    log,
    onReady: () => log.push('ready'),
    onRefused: (reason) => log.push(`refused ${reason}`),
    onKeyFrameNeeded: () => log.push('key frame'),
    onView: (visible) => log.push(visible ? 'visible' : 'hidden'),
  };
}

/** Opens a stream from a side. */
export function openStream(side: TestSide, options: Partial<OpenOptions> = {}): OutgoingStream {
  return side.mux.open(side.scheduler, {
    protocol: 'test/1',
    trafficClass: 'video',
    intervalMs: 33,
    handlers: recordingHandlers(),
    ...options,
  });
}

/** Sends a unit of so many bytes, header not counted, whose first says which it is. */
export function sendUnit(stream: OutgoingStream, mark: number, bytes = 100): boolean {
  const data = new Uint8Array(bytes).fill(mark);
  return stream.send({ header: (number) => bytesHeader({ number, capturedAt: 1 }), data });
}
