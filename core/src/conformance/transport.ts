import assert from 'node:assert/strict';
import type { Transport } from '../contracts/index.js';
import { hasCode, type ErrorCode } from '../errors/index.js';
import { deferred, type Deferred } from '../util/deferred.js';
import type { TestRunner } from './runner.js';
import { transportEndCases } from './transport-ends.js';
import {
  assertBytes,
  message,
  RecordingReceiver,
  TransportFixture,
  turns,
} from './transport-fixture.js';

/** Options of the transport kit. */
export interface TransportConformanceOptions {
  create(): Transport | Promise<Transport>;
  /** Addresses of this machine to dial, such as `127.0.0.1` and `::1`; at least one. */
  readonly hosts: readonly string[];
  /** How long a case may take, ms; default 20,000. */
  readonly timeoutMs?: number;
}

/** Runs a case on a transport and closes what it opened. */
export type TransportCase = (
  name: string,
  body: (fixture: TransportFixture) => Promise<void>,
) => void;

/** The cases that every `Transport` must pass. */
export function transportConformance(
  runner: TestRunner,
  options: TransportConformanceOptions,
): void {
  const [first] = options.hosts;
  assert.ok(first !== undefined, 'the kit needs an address to dial');
  const onHost =
    (host: string): TransportCase =>
    (name, body) => {
      runner.test(name, async () => {
        const fixture = new TransportFixture(await options.create(), host);
        try {
          await withTimeout(body(fixture), options.timeoutMs ?? 20_000);
        } finally {
          await fixture.close();
        }
      });
    };
  for (const host of options.hosts) {
    runner.describe(`Transport: through ${host}`, () => addressCases(onHost(host)));
  }
  runner.describe('Transport: messages', () => messageCases(onHost(first)));
  runner.describe('Transport: limits', () => limitCases(onHost(first)));
  runner.describe('Transport: flow control', () => paceCases(onHost(first)));
  runner.describe('Transport: ends', () => transportEndCases(onHost(first)));
  runner.describe('Transport: listening and dialing', () => dialCases(onHost(first)));
}

async function withTimeout(running: Promise<void>, timeoutMs: number): Promise<void> {
  const timedOut: Deferred<void> = deferred();
  const timer = setTimeout(() => {
    timedOut.reject(new Error(`The case did not finish within ${timeoutMs} ms.`));
  }, timeoutMs);
  try {
    await Promise.race([running, timedOut.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function addressCases(onFresh: TransportCase): void {
  onFresh('carries messages both ways and knows the remote address', async (fixture) => {
    const { dialed, accepted } = await fixture.pair();
    assert.equal(dialed.remote.host, fixture.host);
    assert.equal(accepted.remote.host, fixture.host);
    assert.ok(accepted.remote.port >= 1 && accepted.remote.port <= 65_535);
    const [there, back] = [new RecordingReceiver(), new RecordingReceiver()];
    accepted.receive(there);
    dialed.receive(back);
    dialed.send([message(100, 1)]);
    await there.received(1);
    accepted.send([message(200, 2)]);
    await back.received(1);
    assertBytes(there.messages[0], message(100, 1));
    assertBytes(back.messages[0], message(200, 2));
  });
}

function messageCases(onFresh: TransportCase): void {
  onFresh('keeps every message whole and in order', async (fixture) => {
    const { dialed, accepted } = await fixture.pair();
    const sizes = [0, 1, 2, 3, 4, 5, 1_023, 1_024, 0, 65_535, 65_536, 65_537, 0, 7, 300_000];
    const sent = Array.from({ length: 10 }, () => sizes).flat();
    const recorder = new RecordingReceiver();
    accepted.receive(recorder);
    for (const [i, size] of sent.entries()) {
      if (!dialed.send([message(size, i)])) await dialed.drained();
    }
    await recorder.received(sent.length);
    for (const [i, size] of sent.entries()) assertBytes(recorder.messages[i], message(size, i));
  });

  onFresh('joins the parts of a message', async (fixture) => {
    const { dialed, accepted } = await fixture.pair();
    const recorder = new RecordingReceiver();
    accepted.receive(recorder);
    const whole = message(5_000);
    const many = Array.from({ length: 2_500 }, (_, i) => whole.subarray(2 * i, 2 * i + 2));
    dialed.send(many);
    dialed.send([new Uint8Array(0), whole.subarray(0, 1), new Uint8Array(0), whole.subarray(1)]);
    dialed.send([]);
    dialed.send([whole]);
    await recorder.received(4);
    const [first, second, empty, last] = recorder.messages;
    for (const joined of [first, second, last]) assertBytes(joined, whole);
    assert.equal(empty?.length, 0);
  });

  onFresh('reads nothing before receive(), and loses nothing', async (fixture) => {
    const { dialed, accepted } = await fixture.pair();
    dialed.send([message(10, 1)]);
    const closed = dialed.close();
    await turns();
    const recorder = new RecordingReceiver();
    accepted.receive(recorder);
    assert.equal(
      recorder.messages.length + recorder.ends,
      0,
      'delivered before receive() returned',
    );
    assert.equal(await recorder.ended, undefined);
    assertBytes(recorder.messages[0], message(10, 1));
    await closed;
  });

  onFresh('accepts one receiver only', async (fixture) => {
    const { dialed } = await fixture.pair();
    dialed.receive(new RecordingReceiver());
    assert.throws(() => dialed.receive(new RecordingReceiver()), withCode('RK_CLOSED'));
  });

  onFresh('cuts only the connection whose receiver throws', async (fixture) => {
    const recorders: RecordingReceiver[] = [];
    const listener = await fixture.listen((connection) => {
      const recorder = new RecordingReceiver(() => {
        if (recorder === recorders[0]) throw new Error('a fault in the receiver');
      });
      recorders.push(recorder);
      connection.receive(recorder);
    });
    const bad = await fixture.dial(listener.port);
    const good = await fixture.dial(listener.port);
    const badEnd = new RecordingReceiver();
    bad.receive(badEnd);
    bad.send([message(1)]);
    bad.send([message(2)]);
    await badEnd.ended;
    const [faulty, sound] = recorders;
    assert.ok(faulty !== undefined && sound !== undefined);
    assert.ok(hasCode(await faulty.ended, 'RK_TRANSPORT_BROKEN'));
    assert.equal(faulty.messages.length, 1);
    good.send([message(3)]);
    await sound.received(1);
  });
}

function limitCases(onFresh: TransportCase): void {
  onFresh(
    'limits messages to 1,024 bytes at first, and to the set limit later',
    async (fixture) => {
      const accepted: RecordingReceiver[] = [];
      const listener = await fixture.listen((connection) => {
        const recorder = new RecordingReceiver((bytes) => {
          if (bytes.length === 1_024) connection.setMaxMessageBytes(2_000);
        });
        accepted.push(recorder);
        connection.receive(recorder);
      });
      const dialed = await fixture.dial(listener.port);
      for (const size of [1_024, 2_000, 1_999]) dialed.send([message(size)]);
      const [recorder] = accepted;
      await recorder?.received(3);
      dialed.send([message(2_001)]);
      assert.ok(hasCode(await recorder?.ended, 'RK_TRANSPORT_MESSAGE_TOO_LARGE'));
      assert.equal(recorder?.messages.length, 3);
    },
  );

  onFresh('cuts both ends at one byte above the limit', async (fixture) => {
    for (const limit of [0, 1, 1_024, 70_000]) {
      const { dialed, accepted } = await fixture.pair(limit);
      const [sender, recorder] = [new RecordingReceiver(), new RecordingReceiver()];
      dialed.receive(sender);
      accepted.receive(recorder);
      dialed.send([message(limit)]);
      dialed.send([message(limit + 1)]);
      dialed.send([message(0)]);
      assert.ok(hasCode(await recorder.ended, 'RK_TRANSPORT_MESSAGE_TOO_LARGE'), `${limit} bytes`);
      assert.equal(recorder.messages.length, 1);
      assert.ok(hasCode(await sender.ended, 'RK_TRANSPORT_BROKEN'), `${limit} bytes`);
    }
  });
}

function paceCases(onFresh: TransportCase): void {
  onFresh('makes the sender wait for a slow receiver', async (fixture) => {
    const { dialed, accepted } = await fixture.pair();
    const recorder = new RecordingReceiver((bytes) => {
      if (bytes.length === 1) accepted.pause();
    });
    accepted.receive(recorder);
    dialed.send([message(1)]);
    await recorder.received(1);
    // Far more than any system's buffers: a sender that accepts all of it is unbounded.
    const [size, count] = [1 << 18, 512];
    const payload = message(size);
    let sent = 0;
    const sending = (async () => {
      for (; sent < count; sent += 1) if (!dialed.send([payload])) await dialed.drained();
    })();
    let before = -1;
    while (before !== sent) {
      before = sent;
      await turns(500);
    }
    assert.ok(sent < count, 'the sender never had to wait');
    assert.equal(recorder.messages.length, 1, 'a paused connection was read');
    accepted.resume();
    await sending;
    await recorder.received(1 + count);
    for (const bytes of recorder.messages.slice(1)) assertBytes(bytes, payload);
  });

  onFresh('yields to the event loop during a flood of tiny messages', async (fixture) => {
    const { dialed, accepted } = await fixture.pair();
    const count = 20_000;
    let inThisTurn = 0;
    let most = 0;
    const recorder = new RecordingReceiver(() => {
      inThisTurn += 1;
      most = Math.max(most, inThisTurn);
    });
    accepted.receive(recorder);
    accepted.pause();
    for (let i = 0; i < count; i += 1) dialed.send([message(1, i)]);
    await turns();
    accepted.resume();
    while (recorder.messages.length + recorder.ends < count) {
      await turns(1);
      inThisTurn = 0;
    }
    for (const i of [0, 1_023, 1_024, count - 1]) assertBytes(recorder.messages[i], message(1, i));
    assert.ok(most <= 1_024, `${most} messages were delivered in one turn of the event loop`);
  });

  onFresh('counts the bytes of an incomplete message', async (fixture) => {
    const size = 1 << 24;
    const { dialed, accepted } = await fixture.pair(size);
    const recorder = new RecordingReceiver();
    accepted.receive(recorder);
    assert.equal(accepted.bytesReceived, 0);
    dialed.send([message(size)]);
    const seen = new Set<number>();
    while (recorder.messages.length === 0) {
      seen.add(accepted.bytesReceived);
      await turns(1);
    }
    seen.delete(0);
    assert.ok(seen.size >= 2, 'nothing was counted before the message was complete');
    assert.ok(accepted.bytesReceived >= size);
  });

  onFresh('delivers nothing while paused, not even messages already read', async (fixture) => {
    const { dialed, accepted } = await fixture.pair();
    const recorder = new RecordingReceiver(() => accepted.pause());
    accepted.receive(recorder);
    for (let i = 0; i < 10; i += 1) dialed.send([message(5, i)]);
    for (let i = 1; i <= 10; i += 1) {
      await recorder.received(i);
      await turns();
      assert.equal(recorder.messages.length, i);
      accepted.resume();
    }
    const closed = dialed.close();
    assert.equal(await recorder.ended, undefined);
    await closed;
  });

  onFresh('can be paused before receive()', async (fixture) => {
    const { dialed, accepted } = await fixture.pair();
    const recorder = new RecordingReceiver();
    accepted.pause();
    accepted.receive(recorder);
    dialed.send([message(5)]);
    await turns();
    assert.equal(recorder.messages.length, 0);
    accepted.resume();
    await recorder.received(1);
  });

  onFresh(
    'drains at once when empty, and otherwise waits, abortable by a signal',
    async (fixture) => {
      const { dialed } = await fixture.pair();
      await dialed.drained();
      await assert.rejects(dialed.drained({ signal: AbortSignal.abort(aborted) }), aborted);
      while (dialed.send([message(1 << 18)])) await turns(1);
      const controller = new AbortController();
      const waiting = dialed.drained({ signal: controller.signal });
      controller.abort(aborted);
      await assert.rejects(waiting, aborted);
      const untilTheEnd = dialed.drained();
      dialed.abort();
      await assert.rejects(untilTheEnd, withCode('RK_CLOSED'));
    },
  );
}

function dialCases(onFresh: TransportCase): void {
  onFresh('rejects dialing a closed port as unreachable', async (fixture) => {
    const listener = await fixture.listen(() => undefined);
    await listener.close();
    await assert.rejects(fixture.dial(listener.port), withCode('RK_TRANSPORT_UNREACHABLE'));
  });

  onFresh('cuts only the connection for which onConnection throws', async (fixture) => {
    let callers = 0;
    const recorder = new RecordingReceiver();
    const listener = await fixture.listen((connection) => {
      callers += 1;
      if (callers === 1) throw new Error('a fault in the listener');
      connection.receive(recorder);
    });
    const bad = new RecordingReceiver();
    try {
      (await fixture.dial(listener.port)).receive(bad);
      assert.ok(hasCode(await bad.ended, 'RK_TRANSPORT_BROKEN'));
    } catch (error) {
      // The cut may arrive before dial() resolves.
      assert.ok(hasCode(error, 'RK_TRANSPORT_UNREACHABLE'));
    }
    (await fixture.dial(listener.port)).send([message(1)]);
    await recorder.received(1);
  });

  onFresh(
    'keeps connections open when the listener closes, which is idempotent',
    async (fixture) => {
      const { transport, host } = fixture;
      const recorder = new RecordingReceiver();
      const listener = await fixture.listen((connection) => connection.receive(recorder));
      const dialed = await fixture.dial(listener.port);
      dialed.send([message(1)]);
      await recorder.received(1);
      await Promise.all([listener.close(), listener.close()]);
      await listener.close();
      dialed.send([message(2)]);
      await recorder.received(2);
      await assert.rejects(transport.dial({ host, port: listener.port }));
    },
  );

  onFresh('gives each listener its own port', async (fixture) => {
    const ports = new Set<number>();
    for (let i = 0; i < 3; i += 1) ports.add((await fixture.listen(() => undefined)).port);
    assert.equal(ports.size, 3);
    for (const port of ports) assert.ok(Number.isInteger(port) && port >= 1 && port <= 65_535);
  });

  onFresh('obeys an already aborted signal', async ({ transport, host }) => {
    const signal = AbortSignal.abort(aborted);
    const onConnection = (): void => undefined;
    await assert.rejects(transport.listen({ onConnection, signal }), aborted);
    await assert.rejects(transport.dial({ host, port: 9 }, { signal }), aborted);
  });

  onFresh('obeys an abort while dialing', async (fixture) => {
    const { transport, host } = fixture;
    const listener = await fixture.listen(() => undefined);
    const controller = new AbortController();
    const dialing = transport.dial({ host, port: listener.port }, { signal: controller.signal });
    controller.abort(aborted);
    await assert.rejects(dialing, aborted);
  });

  onFresh('ignores an abort after dialing', async (fixture) => {
    const { transport, host } = fixture;
    const recorder = new RecordingReceiver();
    const listener = await fixture.listen((connection) => connection.receive(recorder));
    const controller = new AbortController();
    const { signal } = controller;
    const dialed = await transport.dial({ host, port: listener.port }, { signal });
    controller.abort(aborted);
    dialed.send([message(1)]);
    await recorder.received(1);
    await dialed.close();
  });
}

const aborted = new Error('aborted by the test');

function withCode(code: ErrorCode): (error: unknown) => boolean {
  return (error) => hasCode(error, code);
}
