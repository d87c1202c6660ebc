import type { ChangeStream, ChangeStreamDocument, Collection, Timestamp } from 'mongodb';
import type { StoredRecord } from './record.js';

/** A change in a collection. */
export type RecordChange =
  /** It was written. */
  | { readonly type: 'record'; readonly record: StoredRecord }
  /** It was dropped by the index, or changed or removed by hand: read it again. */
  | { readonly type: 'reread'; readonly id: string };

/** The part of the driver's `ChangeStream` that is used. */
export type ChangeSource = Pick<
  ChangeStream<StoredRecord, ChangeStreamDocument<StoredRecord>>,
  'next' | 'close'
>;

/** How long the server waits for a change before it answers, in ms: below `LIMIT_MS`. */
const AWAIT_MS = 1_000;

/** Opens the change stream of a collection, from a moment of the server's time. */
export function openChangeStream(
  records: Collection<StoredRecord>,
  since: Timestamp,
): ChangeSource {
  return records.watch<StoredRecord>([], {
    startAtOperationTime: since,
    maxAwaitTimeMS: AWAIT_MS,
    batchSize: 100,
  });
}

/** The changes until the stream ends, as when the collection is dropped, or the signal aborts. */
export async function* recordChanges(
  source: ChangeSource,
  signal: AbortSignal,
): AsyncGenerator<RecordChange> {
  const close = () => void source.close().catch(() => undefined);
  signal.addEventListener('abort', close, { once: true });
  try {
    while (!signal.aborted) {
      const event = await source.next();
      // Roomkey inserts and replaces; the event then has the whole record.
      if (event.operationType === 'insert' || event.operationType === 'replace') {
        yield { type: 'record', record: event.fullDocument };
      } else if (event.operationType === 'update' || event.operationType === 'delete') {
        yield { type: 'reread', id: event.documentKey._id };
      } else {
        return;
      }
    }
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}
