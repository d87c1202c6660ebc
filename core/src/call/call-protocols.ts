import type { OpenAnswer } from '../streams/mux.js';
import type { StreamProtocol } from '../streams/stream-protocol.js';
import type { Hello, ProtocolOffer, StreamOpen } from '../wire/control.js';
import type { PeerSession } from './peer-session.js';

/** The protocols that a call carries, by name. */
export class CallProtocols {
  readonly #protocols = new Map<string, StreamProtocol>();

  /** Their entries in the hello. */
  get offers(): ProtocolOffer[] {
    return Array.from(this.#protocols.values(), ({ offer }) => offer);
  }

  /** @throws Error if there is a protocol of this name */
  add(protocol: StreamProtocol): void {
    const { name } = protocol.offer;
    if (this.#protocols.has(name)) throw new Error(`The call has ${name} already.`);
    this.#protocols.set(name, protocol);
  }

  /** Connects those that the peer speaks, too. */
  connect(session: PeerSession, hello: Hello): void {
    for (const [name, protocol] of this.#protocols) {
      if (!hello.protocols.some((offer) => offer.name === name)) continue;
      const { trafficClass } = protocol;
      protocol.connect({
        hello,
        open: (options) => session.open({ ...options, protocol: name, trafficClass }),
      });
    }
  }

  /** The partner left or changed. */
  disconnect(): void {
    for (const protocol of this.#protocols.values()) protocol.connect(undefined);
  }

  /** Answers a peer that opens a stream. */
  onOpen(session: PeerSession, open: StreamOpen): OpenAnswer {
    const protocol = this.#protocols.get(open.protocol);
    if (protocol === undefined) return { refuse: 'unknown-protocol' };
    const answer = protocol.onOpen(open, session);
    return 'refuse' in answer ? answer : { ...answer, trafficClass: protocol.trafficClass };
  }
}
