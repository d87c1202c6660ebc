import assert from 'node:assert/strict';
import { hasCode } from '../errors/index.js';
import { assertBytes, message, RecordingReceiver, turns } from './transport-fixture.js';
import type { TransportCase } from './transport.js';

/** Cases about the end of a connection. */
export function transportEndCases(onFresh: TransportCase): void {
  onFresh('flushes sent messages on close', async (fixture) => {
    const { dialled, accepted } = await fixture.pair();
    const recorder = new RecordingReceiver();
    accepted.receive(recorder);
    // The other side sends too: unread bytes must not cause the loss of sent ones.
    for (let i = 0; i < 20; i += 1) accepted.send([message(10_000)]);
    for (let i = 0; i < 40; i += 1) dialled.send([message(10_000, i)]);
    const closed = dialled.close();
    assert.equal(await recorder.ended, undefined);
    assert.equal(recorder.messages.length, 40);
    recorder.messages.forEach((bytes, i) => assertBytes(bytes, message(10_000, i)));
    await closed;
  });

  onFresh('reports a close to both ends, once, without a reason', async (fixture) => {
    const { dialled, accepted } = await fixture.pair();
    const [own, other] = [new RecordingReceiver(), new RecordingReceiver()];
    dialled.receive(own);
    accepted.receive(other);
    await Promise.all([dialled.close(), dialled.close()]);
    assert.equal(await own.ended, undefined);
    assert.equal(await other.ended, undefined);
    await dialled.close();
    await accepted.close();
    dialled.abort();
    await turns();
    assert.deepEqual([own.ends, other.ends], [1, 1]);
  });

  onFresh('can be closed from both ends at once', async (fixture) => {
    const { dialled, accepted } = await fixture.pair();
    const [own, other] = [new RecordingReceiver(), new RecordingReceiver()];
    dialled.receive(own);
    accepted.receive(other);
    await Promise.all([dialled.close(), accepted.close()]);
    assert.deepEqual(await Promise.all([own.ended, other.ended]), [undefined, undefined]);
  });

  onFresh('delivers nothing after its own close', async (fixture) => {
    const { dialled, accepted } = await fixture.pair();
    const [own, other] = [
      new RecordingReceiver(() => void dialled.close()),
      new RecordingReceiver(),
    ];
    dialled.receive(own);
    accepted.receive(other);
    for (let i = 0; i < 10; i += 1) accepted.send([message(1_000, i)]);
    assert.equal(await own.ended, undefined);
    assert.equal(own.messages.length, 1);
  });

  onFresh('does nothing after close', async (fixture) => {
    const { dialled } = await fixture.pair();
    await dialled.close();
    assert.equal(dialled.send([message(1)]), false);
    await assert.rejects(dialled.drained(), (error) => hasCode(error, 'RK_CLOSED'));
    assert.throws(
      () => dialled.receive(new RecordingReceiver()),
      (error) => hasCode(error, 'RK_CLOSED'),
    );
    dialled.pause();
    dialled.resume();
    dialled.setMaxMessageBytes(10);
    dialled.abort();
    await dialled.close();
  });

  onFresh('does nothing after the other side closed', async (fixture) => {
    const { dialled, accepted } = await fixture.pair();
    const other = new RecordingReceiver();
    accepted.receive(other);
    await dialled.close();
    await other.ended;
    assert.equal(accepted.send([message(1)]), false);
    await assert.rejects(accepted.drained(), (error) => hasCode(error, 'RK_CLOSED'));
    accepted.pause();
    accepted.resume();
    await accepted.close();
    assert.equal(other.ends, 1);
  });

  onFresh('cuts on abort, which the other side can tell from a close', async (fixture) => {
    const { dialled, accepted } = await fixture.pair();
    const [own, other] = [new RecordingReceiver(), new RecordingReceiver()];
    dialled.receive(own);
    accepted.receive(other);
    dialled.send([message(10)]);
    await other.received(1);
    dialled.abort();
    assert.equal(own.ends, 0, 'the end was reported before abort() returned');
    assert.equal(dialled.send([message(10)]), false);
    dialled.abort();
    assert.ok(hasCode(await other.ended, 'RK_TRANSPORT_BROKEN'));
    assert.equal(await own.ended, undefined);
    await dialled.close();
    assert.deepEqual([own.ends, other.ends], [1, 1]);
  });

  onFresh('can be aborted while it closes', async (fixture) => {
    const { dialled, accepted } = await fixture.pair();
    accepted.pause(); // never reads, so close() would wait
    while (dialled.send([message(1 << 18)])) await turns(1);
    const own = new RecordingReceiver();
    dialled.receive(own);
    const closed = dialled.close();
    dialled.abort();
    await closed;
    assert.equal(await own.ended, undefined);
  });

  onFresh('does not wait on close for a peer that does not read', async (fixture) => {
    const { dialled, accepted } = await fixture.pair();
    accepted.pause();
    while (dialled.send([message(1 << 18)])) await turns(1);
    await dialled.close();
  });

  onFresh('survives a receiver whose onEnd throws', async (fixture) => {
    const { dialled, accepted } = await fixture.pair();
    const other = new RecordingReceiver();
    accepted.receive(other);
    dialled.receive({
      onMessage: () => undefined,
      onEnd: () => {
        throw new Error('a fault at the end');
      },
    });
    await dialled.close();
    assert.equal(await other.ended, undefined);
  });
}
