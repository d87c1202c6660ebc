import type { Logger } from '../contracts/logger.js';
import type { IncomingStream, IncomingStreamSink } from '../streams/incoming-stream.js';
import type { OpenAnswer } from '../streams/mux.js';
import type { StreamAnswer, StreamProtocol } from '../streams/stream-protocol.js';
import type { TrafficClass } from '../streams/traffic-class.js';
import { decodeControl, encodeControl, type Hello, type StreamOpen } from '../wire/control.js';
import { createHello } from './hello.js';
import type { PeerSession } from './peer-session.js';

/**
 * The protocols that a call carries, by name. An error of one of them is logged under its name and
 * ends neither the call nor the others.
 */
export class CallProtocols {
  readonly #logger: Logger;
  readonly #protocols = new Map<string, StreamProtocol>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** What this side says first: the protocols that it speaks. */
  get hello(): Hello {
    return createHello(Array.from(this.#protocols.values(), ({ offer }) => offer));
  }

  /** @throws Error if there is a protocol of this name, or a peer would refuse the hello with it */
  add(protocol: StreamProtocol): void {
    const { name } = protocol.offer;
    if (this.#protocols.has(name)) throw new Error(`The call has ${name} already.`);
    this.#protocols.set(name, protocol);
    try {
      decodeControl(encodeControl(this.hello));
    } catch (cause) {
      this.#protocols.delete(name);
      throw new Error(`The protocol “${name}” cannot be offered: see StreamProtocol.offer.`, {
        cause,
      });
    }
  }

  /** Connects those of these classes that the peer speaks, too. */
  connect(session: PeerSession, hello: Hello, classes: readonly TrafficClass[]): void {
    for (const [name, protocol] of this.#protocols) {
      const { trafficClass } = protocol;
      const isSpoken = hello.protocols.some((offer) => offer.name === name);
      if (!isSpoken || !classes.includes(trafficClass)) continue;
      this.#try(name, () =>
        protocol.connect({
          hello,
          open: (options) => session.open({ ...options, protocol: name, trafficClass }),
          openCopy: (options) => session.openCopy({ ...options, protocol: name, trafficClass }),
        }),
      );
    }
  }

  /** The partner left or changed. */
  disconnect(): void {
    for (const [name, protocol] of this.#protocols) {
      this.#try(name, () => protocol.connect(undefined));
    }
  }

  /** Answers a peer that opens a stream. */
  onOpen(session: PeerSession, open: StreamOpen): OpenAnswer {
    const { protocol: name } = open;
    const protocol = this.#protocols.get(name);
    if (protocol === undefined) return { refuse: 'unknown-protocol' };
    const answer: StreamAnswer = this.#try(name, () => protocol.onOpen(open, session)) ?? {
      refuse: 'not-wanted',
    };
    if ('refuse' in answer) return answer;
    const sink = (stream: IncomingStream): IncomingStreamSink =>
      this.#guard(name, stream, () => answer.sink(stream));
    return { trafficClass: protocol.trafficClass, sink };
  }

  /** A sink that an error ends, but for that of a malformed unit, which is the peer's. */
  #guard(
    name: string,
    stream: IncomingStream,
    create: () => IncomingStreamSink,
  ): IncomingStreamSink {
    const sink = this.#try(name, create);
    return {
      onUnit: (unit) => {
        try {
          if (sink === undefined) stream.refuse();
          else sink.onUnit(unit);
        } catch (error) {
          if (error instanceof RangeError) throw error;
          this.#log(name, error);
          stream.refuse();
          // A refused stream has no other end.
          this.#try(name, () => sink?.onEnd('failed'));
        }
      },
      onEnd: (reason) => this.#try(name, () => sink?.onEnd(reason)),
    };
  }

  #try<T>(name: string, run: () => T): T | undefined {
    try {
      return run();
    } catch (error) {
      this.#log(name, error);
      return undefined;
    }
  }

  #log(name: string, error: unknown): void {
    this.#logger.error(`The protocol ${name} of a call failed`, { error });
  }
}
