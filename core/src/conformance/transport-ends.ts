import assert from 'node:assert/strict';
import { hasCode } from '../errors/index.js';
import { assertBytes, message, RecordingReceiver, turns } from './transport-fixture.js';
import type { TransportCase } from './transport.js';

/** Cases about the end of a connection. */
export function transportEndCases(onFresh: TransportCase): void {
  onFresh('flushes sent messages on close', async (fixture) => {
    const { dialed, accepted } = await fixture.pair();
    const recorder = new RecordingReceiver();
    accepted.receive(recorder);
    // The other side sends too: unread bytes must not cause the loss of sent ones.
    for (let i = 0; i < 20; i += 1) accepted.send([message(10_000)]);
    for (let i = 0; i < 40; i += 1) dialed.send([message(10_000, i)]);
    const closed = dialed.close();
    assert.equal(await recorder.ended, undefined);
    assert.equal(recorder.messages.length, 40);
    recorder.messages.forEach((bytes, i) => assertBytes(bytes, message(10_000, i)));
    await closed;
  });

  onFresh('reports a close to both ends, once, without a reason', async (fixture) => {
    const { dialed, accepted } = await fixture.pair();
    const [own, other] = [new RecordingReceiver(), new RecordingReceiver()];
    dialed.receive(own);
    accepted.receive(other);
    await Promise.all([dialed.close(), dialed.close()]);
    assert.equal(await own.ended, undefined);
    assert.equal(await other.ended, undefined);
    await dialed.close();
    await accepted.close();
    dialed.abort();
    await turns();
    assert.deepEqual([own.ends, other.ends], [1, 1]);
  });

  onFresh('can be closed from both ends at once', async (fixture) => {
    const { dialed, accepted } = await fixture.pair();
    const [own, other] = [new RecordingReceiver(), new RecordingReceiver()];
    dialed.receive(own);
    accepted.receive(other);
    await Promise.all([dialed.close(), accepted.close()]);
    assert.deepEqual(await Promise.all([own.ended, other.ended]), [undefined, undefined]);
  });

  onFresh('delivers nothing after its own close', async (fixture) => {
    const { dialed, accepted } = await fixture.pair();
    const [own, other] = [
      new RecordingReceiver(() => void dialed.close()),
      new RecordingReceiver(),
    ];
    dialed.receive(own);
    accepted.receive(other);
    for (let i = 0; i < 10; i += 1) accepted.send([message(1_000, i)]);
    assert.equal(await own.ended, undefined);
    assert.equal(own.messages.length, 1);
  });

  onFresh('does nothing after close', async (fixture) => {
    const { dialed } = await fixture.pair();
    await dialed.close();
    assert.equal(dialed.send([message(1)]), false);
    await assert.rejects(dialed.drained(), (error) => hasCode(error, 'RK_CLOSED'));
    assert.throws(
      () => dialed.receive(new RecordingReceiver()),
      (error) => hasCode(error, 'RK_CLOSED'),
    );
    dialed.pause();
    dialed.resume();
    dialed.setMaxMessageBytes(10);
    dialed.abort();
    await dialed.close();
  });

  onFresh('does nothing after the other side closed', async (fixture) => {
    const { dialed, accepted } = await fixture.pair();
    const other = new RecordingReceiver();
    accepted.receive(other);
    await dialed.close();
    await other.ended;
    assert.equal(accepted.send([message(1)]), false);
    await assert.rejects(accepted.drained(), (error) => hasCode(error, 'RK_CLOSED'));
    accepted.pause();
    accepted.resume();
    await accepted.close();
    assert.equal(other.ends, 1);
  });

  onFresh('cuts on abort, which the other side can tell from a close', async (fixture) => {
    const { dialed, accepted } = await fixture.pair();
    const [own, other] = [new RecordingReceiver(), new RecordingReceiver()];
    dialed.receive(own);
    accepted.receive(other);
    dialed.send([message(10)]);
    await other.received(1);
    dialed.abort();
    assert.equal(own.ends, 0, 'the end was reported before abort() returned');
    assert.equal(dialed.send([message(10)]), false);
    dialed.abort();
    assert.ok(hasCode(await other.ended, 'RK_TRANSPORT_BROKEN'));
    assert.equal(await own.ended, undefined);
    await dialed.close();
    assert.deepEqual([own.ends, other.ends], [1, 1]);
  });

  onFresh('can be aborted while it closes', async (fixture) => {
    const { dialed, accepted } = await fixture.pair();
    accepted.pause(); // never reads, so close() would wait
    while (dialed.send([message(1 << 18)])) await turns(1);
    const own = new RecordingReceiver();
    dialed.receive(own);
    const closed = dialed.close();
    dialed.abort();
    await closed;
    assert.equal(await own.ended, undefined);
  });

  onFresh('does not wait on close for a peer that does not read', async (fixture) => {
    const { dialed, accepted } = await fixture.pair();
    accepted.pause();
    while (dialed.send([message(1 << 18)])) await turns(1);
    await dialed.close();
  });

  onFresh('survives a receiver whose onEnd throws', async (fixture) => {
    const { dialed, accepted } = await fixture.pair();
    const other = new RecordingReceiver();
    accepted.receive(other);
    dialed.receive({
      onMessage: () => undefined,
      onEnd: () => {
        throw new Error('a fault at the end');
      },
    });
    await dialed.close();
    assert.equal(await other.ended, undefined);
  });
}
