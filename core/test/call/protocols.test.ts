import { describe, expect, it } from 'vitest';
import type { OutgoingStream } from '../../src/streams/outgoing-stream.js';
import type {
  StreamAnswer,
  StreamPeer,
  StreamProtocol,
} from '../../src/streams/stream-protocol.js';
import { bytesHeader, readBytesUnit } from '../../src/wire/index.js';
import { hasTransportMode, phase, testIdentity, TestNetwork } from './test-network.js';
import { settled } from './session-and-peer.js';

/** Lines of text, as an extension may carry them. */
class TextProtocol implements StreamProtocol {
  readonly offer = { name: 'test.text/1' };
  readonly trafficClass = 'messages';
  /** What came, and whether a peer is there. */
  readonly log: string[] = [];
  #stream: OutgoingStream | undefined;

  connect(peer: StreamPeer | undefined): void {
    this.#stream = peer?.open({
      handlers: {
        onReady: () => undefined,
        onRefused: (reason) => this.log.push(`refused: ${reason}`),
      },
    });
    const { name } = peer?.hello.program ?? {};
    this.log.push(name === undefined ? 'no peer' : `peer: ${name}`);
  }

  onOpen(): StreamAnswer {
    return {
      sink: (stream) => ({
        onUnit: (unit) => {
          this.log.push(Buffer.from(readBytesUnit(unit).data).toString());
          stream.consume();
        },
        onEnd: (reason) => this.log.push(`end: ${reason}`),
      }),
    };
  }

  send(text: string): void {
    const header = (number: number): Uint8Array => bytesHeader({ number, capturedAt: 1 });
    this.#stream?.send({ header, data: Buffer.from(text) });
  }
}

/** Throws in one of its functions. */
class BrokenProtocol extends TextProtocol {
  readonly #where: string;

  constructor(where: string) {
    super();
    this.#where = where;
  }

  override connect(): void {
    this.#throwIn('connect');
  }

  override onOpen(): StreamAnswer {
    this.#throwIn('onOpen');
    return {
      sink: () => {
        this.#throwIn('sink');
        return { onUnit: () => this.#throwIn('onUnit'), onEnd: () => this.#throwIn('onEnd') };
      },
    };
  }

  #throwIn(where: string): void {
    if (where === this.#where) throw new Error(`broken in ${where}`);
  }
}

describe('a protocol that is added to a call', () => {
  it('goes both ways, each time someone comes who speaks it', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const host = network.hostCall('10.0.0.1');
    const atHost = new TextProtocol();
    host.add(atHost);
    const ada = await testIdentity('Ada');
    await host.start();
    for (const visit of [1, 2]) {
      const guest = network.guestCall(ada, '10.0.0.2');
      const atGuest = new TextProtocol();
      guest.add(atGuest);
      await guest.start();
      const peers = (): number => atHost.log.filter((line) => line === 'peer: Roomkey').length;
      await expect.poll(peers).toBe(visit);
      await expect.poll(() => atGuest.log).toContain('peer: Roomkey');
      atHost.send('Hello, Ada');
      atGuest.send('Hello, Grace');
      atGuest.send('how are you?');
      await expect.poll(() => atHost.log.slice(-2)).toEqual(['Hello, Grace', 'how are you?']);
      await expect.poll(() => atGuest.log.at(-1)).toBe('Hello, Ada');
      await guest.leave();
      await phase(host, 'waiting');
      expect(atHost.log.slice(-2)).toEqual(['end: lost', 'no peer']);
      expect(atGuest.log.slice(-2).sort()).toEqual(['end: lost', 'no peer']);
    }
  });

  it.each(['connect', 'onOpen', 'sink', 'onUnit', 'onEnd'] as const)(
    'that throws in %s is logged by its name, and ends nothing else',
    async (where) => {
      const network = new TestNetwork(await testIdentity('Grace'));
      const host = network.hostCall('10.0.0.1');
      const broken = new BrokenProtocol(where);
      const atHost = Object.assign(new TextProtocol(), { offer: { name: 'test.second/1' } });
      host.add(broken);
      host.add(atHost);
      const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2');
      const [first, second] = [new TextProtocol(), new TextProtocol()];
      guest.add(first);
      guest.add(Object.assign(second, { offer: { name: 'test.second/1' } }));
      await host.start();
      await guest.start();
      await expect.poll(() => second.log).toContain('peer: Roomkey');
      first.send('to the broken one');
      second.send('to the other');
      await expect.poll(() => atHost.log).toContain('to the other');
      await settled();
      expect([host.state.phase, guest.state.phase]).toEqual(['live', 'live']);
      await guest.leave();
      await phase(host, 'waiting');
      await host.leave();
      expect(host.state).toEqual({ phase: 'ended', end: { kind: 'left' } });
      expect(network.logger.lines.map(({ message }) => message)).toContain(
        'The protocol test.text/1 of a call failed',
      );
    },
  );

  it.each([
    ['an empty name', { name: '' }],
    ['a name of 65 characters', { name: 'x'.repeat(65) }],
    ['33 codecs', { name: 'test.many/1', codecs: Array<string>(33).fill('x') }],
  ])('cannot be offered with %s', async (_, offer) => {
    const host = new TestNetwork(await testIdentity('Grace')).hostCall('10.0.0.1');
    const wrong = Object.assign(new TextProtocol(), { offer });
    expect(() => host.add(wrong)).toThrow('cannot be offered');
    expect(() => host.add(new TextProtocol())).not.toThrow();
  });

  it('is not connected to someone who does not speak it', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const host = network.hostCall('10.0.0.1');
    const atHost = new TextProtocol();
    host.add(atHost);
    const guest = network.guestCall(await testIdentity('Ada'), '10.0.0.2');
    await host.start();
    await guest.start();
    await Promise.all([host, guest].map((call) => phase(call, 'live', hasTransportMode)));
    await settled();
    expect(atHost.log).not.toContain('peer: Roomkey');
  });

  it('has a name of its own, and is added before the call starts', async () => {
    const network = new TestNetwork(await testIdentity('Grace'));
    const host = network.hostCall('10.0.0.1');
    host.add(new TextProtocol());
    expect(() => host.add(new TextProtocol())).toThrow('test.text/1');
    await host.start();
    const late = Object.assign(new TextProtocol(), { offer: { name: 'test.late/1' } });
    expect(() => host.add(late)).toThrow('started');
  });
});
