import type { RoomEntry } from '@roomkey/core/host';

/** A room as `--json` gives it. */
export async function roomDocument(room: RoomEntry) {
  const { fingerprint } = await import('@roomkey/core/host');
  const { id, name, owner, password, stored, live, confirmed, full, mine, visitedAt } = room;
  return {
    id,
    name,
    // `known` is absent if no account is signed in.
    owner: {
      name: owner.name,
      fingerprint: fingerprint(owner.identity),
      known: owner.known,
      alsoKnownAs: owner.alsoKnownAs,
      looksLike: owner.looksLike,
    },
    password,
    stored,
    open: live,
    confirmed,
    full,
    compatible: room.compatible,
    mine,
    visitedAt: visitedAt === undefined ? null : new Date(visitedAt).toISOString(),
    addresses: room.addresses,
  };
}

export type RoomDocument = Awaited<ReturnType<typeof roomDocument>>;

/**
 * A room as a line of a table; the beginning of its id distinguishes rooms of one name.
 *
 * @param isSearched whether the network was searched: only then can the row say “not open now”
 */
export function roomRow(room: RoomEntry, isSearched: boolean): string[] {
  const { id, name, owner, password, mine } = room;
  return [
    id.slice(0, 8),
    name,
    mine ? 'yours' : `of ${owner.name}${ownerNote(owner)}`,
    password ? 'password' : 'no password',
    status(room, isSearched),
  ];
}

/** What the signed-in account knows of the owner. */
function ownerNote({ known, alsoKnownAs = [], looksLike = [] }: RoomEntry['owner']): string {
  const notes = [
    ...alsoKnownAs.map((name) => `, you’ve met as ${name}`),
    ...looksLike.map((name) => `, looks like ${name}`),
  ];
  switch (known) {
    case undefined:
      return '';
    case 'same':
      return ' (known)';
    case 'new':
      return ` (new${notes.join('')})`;
    case 'changed':
      return ' (CHANGED: check who it is)';
  }
}

/** A beacon whose host does not answer can be a recording: “maybe open”. */
function status(
  { live, confirmed, full, compatible, visitedAt }: RoomEntry,
  isSearched: boolean,
): string {
  if (!live) {
    if (visitedAt === undefined) return '';
    return `${isSearched ? 'not open now, ' : ''}last visit ${localTime(visitedAt)}`;
  }
  if (!compatible) return 'update needed';
  if (full) return 'full';
  return confirmed ? 'open' : 'maybe open';
}

/** A time such as `2026-11-28 14:03`, in the computer's time zone. */
export function localTime(milliseconds: number): string {
  const time = new Date(milliseconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}`;
}
