import type { RoomEntry } from '@roomkey/core/host';

/** A room as `--json` gives it. */
export async function roomDocument(room: RoomEntry) {
  const { fingerprint } = await import('@roomkey/core/host');
  const { id, name, owner, password, stored, live, confirmed, full, compatible, mine, addresses } =
    room;
  return {
    id,
    name,
    // Without an account there is nobody who could know anybody, and `known` is left out.
    owner: { name: owner.name, fingerprint: fingerprint(owner.identity), known: owner.known },
    password,
    stored,
    live,
    confirmed,
    full,
    compatible,
    mine,
    addresses,
  };
}

export type RoomDocument = Awaited<ReturnType<typeof roomDocument>>;

/** A room as a line of a table; the beginning of its id tells rooms of one name apart. */
export function roomRow(room: RoomEntry): string[] {
  const { id, name, owner, password, mine } = room;
  return [
    id.slice(0, 8),
    name,
    mine ? 'yours' : `of ${owner.name}${ownerNote(owner)}`,
    password ? 'password' : 'open',
    status(room),
  ];
}

/** What the owner is to whoever is signed in. */
function ownerNote({ known }: RoomEntry['owner']): string {
  switch (known) {
    case undefined:
      return '';
    case 'same':
      return ' (known)';
    case 'new':
      return ' (new)';
    case 'changed':
      return ' (CHANGED: check who it is)';
  }
}

/** A beacon that nobody answers for can be a recording. */
function status({ live, confirmed, full, compatible }: RoomEntry): string {
  if (!live) return '';
  if (!compatible) return 'update needed';
  if (full) return 'full';
  return confirmed ? 'live' : 'maybe live';
}
