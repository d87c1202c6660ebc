import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Logger, StorageChange, StoredDocument } from '@roomkey/core';
import { ChangeEmitter } from '../../src/util/change-emitter.js';

const NOW = 1_000_000;
const LONGEST_TIMER = 2 ** 31 - 1;

let error: ReturnType<typeof vi.fn<Logger['error']>>;
let emitter: ChangeEmitter;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  error = vi.fn<Logger['error']>();
  const nothing = () => undefined;
  emitter = new ChangeEmitter({ debug: nothing, info: nothing, warn: nothing, error });
});
afterEach(() => {
  emitter.close();
  vi.useRealTimers();
});

const document = (id: string, revision: number, expiresAt?: number): StoredDocument => ({
  id,
  revision,
  ...(expiresAt === undefined ? {} : { expiresAt }),
  value: {},
});

/** Reads from these documents, and records the ids it was asked for. */
function readerOf(documents: readonly StoredDocument[]) {
  return vi.fn((id: string) => ({ ...documents.find((found) => found.id === id)! }));
}

/** Subscribes with these current documents. */
function watch(...there: StoredDocument[]) {
  const changes: StorageChange[] = [];
  const read = readerOf(there);
  const stop = emitter.subscribe((change) => changes.push(change), there, read);
  return { changes, stop, read };
}

function reconcile(...there: StoredDocument[]) {
  const read = readerOf(there);
  emitter.reconcile(there, read);
  return read;
}

const put = (changed: StoredDocument) => emitter.put(changed, () => ({ ...changed }));
const isPut = (changed: StoredDocument): StorageChange => ({ type: 'put', document: changed });
const isRemove = (id: string): StorageChange => ({ type: 'remove', id });

describe('a new listener', () => {
  it('gets no existing documents, but every later change', () => {
    const { changes, read } = watch(document('a', 1));
    expect(changes).toEqual([]);
    expect(read).not.toHaveBeenCalled();
    put(document('a', 2));
    put(document('b', 3));
    emitter.remove('a');
    expect(changes).toEqual([isPut(document('a', 2)), isPut(document('b', 3)), isRemove('a')]);
  });

  it('brings unreported changes to the earlier listeners only', () => {
    const first = watch(document('a', 1), document('b', 2));
    const second = watch(document('a', 3), document('c', 4));
    const news = [isRemove('b'), isPut(document('a', 3)), isPut(document('c', 4))];
    expect(first.changes).toEqual(news);
    expect(second.changes).toEqual([]);
  });

  it('can unsubscribe twice without affecting others', () => {
    const first = watch();
    const second = watch();
    expect(emitter.hasListeners).toBe(true);
    first.stop();
    first.stop();
    put(document('a', 1));
    expect(first.changes).toEqual([]);
    expect(second.changes).toHaveLength(1);
    second.stop();
    expect(emitter.hasListeners).toBe(false);
    // The known state is forgotten: no one was watching meanwhile.
    expect(watch(document('a', 9)).changes).toEqual([]);
  });

  it('is called twice if it subscribes twice', () => {
    const onChange = vi.fn();
    const stop = emitter.subscribe(onChange, [], readerOf([]));
    emitter.subscribe(onChange, [], readerOf([]));
    put(document('a', 1));
    expect(onChange).toHaveBeenCalledTimes(2);
    stop();
    put(document('a', 2));
    expect(onChange).toHaveBeenCalledTimes(3);
  });

  it('gets its own copies of documents', () => {
    const [first, second] = [watch(), watch()];
    put(document('a', 1));
    expect(first.changes).toEqual(second.changes);
    expect(first.changes[0]).not.toBe(second.changes[0]);
    const [a, b] = [first, second].map(
      ({ changes }) => (changes[0] as { document: object }).document,
    );
    expect(a).not.toBe(b);
  });
});

describe('reconcile', () => {
  it('reports the differences', () => {
    const { changes } = watch(document('a', 1), document('b', 2), document('c', 3));
    const read = reconcile(document('b', 2), document('c', 4), document('d', 5));
    const news = [isRemove('a'), isPut(document('c', 4)), isPut(document('d', 5))];
    expect(changes).toEqual(news);
    expect(read.mock.calls).toEqual([['c'], ['d']]);
    reconcile(document('b', 2), document('c', 4), document('d', 5));
    expect(changes).toEqual(news);
  });

  it('reports a document with an older revision, as after a restore', () => {
    const { changes } = watch(document('a', 5));
    reconcile(document('a', 3));
    expect(changes).toEqual([isPut(document('a', 3))]);
  });

  it('reads nothing without listeners', () => {
    expect(reconcile(document('a', 1, NOW + 10))).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
    put(document('a', 1));
    emitter.remove('a');
    expect(watch().changes).toEqual([]);
  });

  it('ignores expired documents', () => {
    const { changes } = watch(document('a', 1), document('old', 2, NOW));
    reconcile(document('a', 1, NOW), document('b', 3, NOW - 1));
    expect(changes).toEqual([isRemove('a')]);
  });
});

describe('one change', () => {
  it('is not reported again, nor after a later one', () => {
    const { changes } = watch(document('a', 5));
    const read = vi.fn(() => document('a', 5));
    for (const revision of [5, 4, 1]) emitter.put(document('a', revision), read);
    emitter.remove('b');
    expect(read).not.toHaveBeenCalled();
    put(document('a', 6));
    reconcile(document('a', 6));
    put(document('a', 6));
    expect(changes).toEqual([isPut(document('a', 6))]);
    emitter.remove('a');
    emitter.remove('a');
    expect(changes).toEqual([isPut(document('a', 6)), isRemove('a')]);
  });

  it('is a remove if the document has already expired', () => {
    const { changes } = watch(document('a', 1));
    put(document('a', 2, NOW));
    put(document('b', 3, NOW - 5));
    expect(changes).toEqual([isRemove('a')]);
  });
});

describe('an expiry', () => {
  it('is reported as a remove when it is due', () => {
    const { changes } = watch(document('a', 1, NOW + 300), document('b', 2, NOW + 100));
    put(document('c', 3, NOW + 50));
    changes.length = 0;
    vi.advanceTimersByTime(49);
    expect(changes).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(changes).toEqual([isRemove('c')]);
    vi.advanceTimersByTime(50);
    expect(changes).toEqual([isRemove('c'), isRemove('b')]);
    vi.advanceTimersByTime(200);
    expect(changes).toEqual([isRemove('c'), isRemove('b'), isRemove('a')]);
    emitter.remove('a');
    expect(changes).toHaveLength(3);
  });

  it('that was changed or removed is not reported', () => {
    const { changes } = watch(document('a', 1, NOW + 10), document('b', 2, NOW + 10));
    put(document('a', 3, NOW + 1_000));
    put(document('b', 4));
    changes.length = 0;
    vi.advanceTimersByTime(999);
    expect(changes).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(changes).toEqual([isRemove('a')]);
    vi.advanceTimersByTime(1_000_000);
    expect(changes).toHaveLength(1);
  });

  it('may be later than a timer’s longest delay', () => {
    const { changes } = watch(document('a', 1, NOW + 3 * LONGEST_TIMER));
    vi.advanceTimersByTime(1);
    vi.advanceTimersByTime(3 * LONGEST_TIMER - 2);
    expect(changes).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(changes).toEqual([isRemove('a')]);
  });

  it('does not keep the process alive, and needs no timer without listeners', () => {
    vi.useRealTimers();
    const timer = vi.spyOn(globalThis, 'setTimeout');
    const { stop } = watch(document('a', 1, Date.now() + 3_600_000));
    const [handle] = timer.mock.results.map(({ value }) => value as NodeJS.Timeout);
    expect(handle?.hasRef()).toBe(false);
    vi.useFakeTimers({ now: NOW });
    stop();
    watch(document('a', 1, NOW + 10)).stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a listener that throws', () => {
  it('is logged and does not affect others', () => {
    const failure = new Error('listener');
    emitter.subscribe(
      () => {
        throw failure;
      },
      [],
      readerOf([]),
    );
    const { changes } = watch();
    put(document('a', 1));
    emitter.remove('a');
    expect(changes).toEqual([isPut(document('a', 1)), isRemove('a')]);
    expect(error.mock.calls.map(([, fields]) => fields)).toEqual([
      { error: failure },
      { error: failure },
    ]);
  });
});

describe('after close', () => {
  it('no listener is called', () => {
    const { changes } = watch(document('a', 1, NOW + 10));
    emitter.close();
    expect(emitter.hasListeners).toBe(false);
    put(document('a', 2));
    reconcile(document('b', 3));
    vi.advanceTimersByTime(100);
    expect(changes).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
