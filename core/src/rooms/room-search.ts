import { RoomkeyError } from '../errors/index.js';
import { fingerprint } from '../people/fingerprint.js';
import { nameKey } from '../people/names.js';
import { createYielder } from '../util/yielder.js';
import { closestName } from '../util/closest-name.js';
import { nfc } from '../util/nfc.js';
import type { RoomRecord } from './room-record.js';

/** Minimum length of an id prefix. */
const MIN_ID_PREFIX = 4;
/** How many candidates an ambiguity error names. */
const MAX_NAMED = 8;
/** How many names are compared at once, some µs each. */
const NAMES_AT_ONCE = 100;

/** A room among those that are searched. */
export interface RoomCandidate {
  readonly id: string;
  /** What it claims to be called. */
  readonly name: string;
  readonly nameKey: string;
  /** The verified room; `undefined` if it is invalid. Read only on a match, since it is slow. */
  readonly record: RoomRecord | undefined;
}

/** How close a room's owner is to the viewer, the closest first. */
const ownerRanks = ['own', 'met', 'other'] as const;
type OwnerRank = (typeof ownerRanks)[number];

/** What the viewer knows about owners. */
export interface OwnerClassifier {
  rank(room: RoomRecord): OwnerRank;
  /** Whether the owner may be an impostor. */
  isDoubtful(room: RoomRecord): boolean;
  /** The owner in one word; empty if unknown. */
  describe(room: RoomRecord): string;
}

/**
 * Finds a room: by its id; by its name, exact or case-insensitive; or by a prefix of its id, at least 4
 * digits. Of several matches of one kind, the one with the closest owner wins. A room with a doubtful
 * owner matches by its full id, or if no other room matches: its name may be an impostor's.
 *
 * @throws RoomkeyError `RK_ROOM_NOT_FOUND`, `RK_ROOM_AMBIGUOUS`
 */
export async function searchRoom(
  candidates: readonly RoomCandidate[],
  nameOrId: string,
  owners: OwnerClassifier,
): Promise<RoomRecord> {
  const yieldIfDue = createYielder();
  const id = nameOrId.trim().toLowerCase();
  const key = nameKey(nameOrId);
  const written = nfc(nameOrId).trim();
  const fits: readonly ((room: RoomCandidate) => boolean)[] = [
    (room) => room.id === id,
    (room) => room.name === written,
    (room) => room.nameKey === key,
    (room) => id.length >= MIN_ID_PREFIX && room.id.startsWith(id),
  ];
  /** Matches with a doubtful owner, of the first kind that has any. */
  let doubtful: readonly RoomRecord[] = [];
  for (const fit of fits) {
    const found: Record<OwnerRank, RoomRecord[]> = { own: [], met: [], other: [] };
    const passedOver: RoomRecord[] = [];
    for (const room of candidates) {
      await yieldIfDue();
      const record = fit(room) ? room.record : undefined;
      if (record === undefined) continue;
      const isPassedOver = room.id !== id && owners.isDoubtful(record);
      // Checks all, so that no number of foreign rooms hides the room of a known owner.
      (isPassedOver ? passedOver : found[owners.rank(record)]).push(record);
    }
    const only = onlyMatch(
      ownerRanks.map((rank) => found[rank]),
      nameOrId,
      owners,
    );
    if (only !== undefined) return only;
    if (doubtful.length === 0) doubtful = passedOver;
  }
  const only = onlyMatch([doubtful], nameOrId, owners);
  if (only !== undefined) return only;
  throw notFound(nameOrId, await nearest(candidates, nameOrId));
}

/**
 * @param found by rank, the best first
 * @throws RoomkeyError `RK_ROOM_AMBIGUOUS`
 */
function onlyMatch(
  found: readonly (readonly RoomRecord[])[],
  nameOrId: string,
  owners: OwnerClassifier,
): RoomRecord | undefined {
  const [only, ...others] = found.find((rooms) => rooms.length > 0) ?? [];
  if (others.length > 0) throw ambiguous(found.flat(), nameOrId, owners);
  return only;
}

async function nearest(
  candidates: readonly RoomCandidate[],
  nameOrId: string,
): Promise<string | undefined> {
  const yieldIfDue = createYielder();
  let near: string | undefined;
  for (let at = 0; at < candidates.length; at += NAMES_AT_ONCE) {
    await yieldIfDue();
    const names = candidates.slice(at, at + NAMES_AT_ONCE).map(({ name }) => name);
    near = closestName(nameOrId, near === undefined ? names : [near, ...names]);
  }
  // Suggest only names of verified rooms.
  for (const room of candidates) {
    await yieldIfDue();
    if (room.name === near && room.record !== undefined) return near;
  }
  return undefined;
}

function notFound(nameOrId: string, near: string | undefined): RoomkeyError {
  const advice =
    near === undefined
      ? '`roomkey room list` shows stored rooms, `roomkey discover` those that are open on this network.'
      : `Did you mean “${near}”? \`roomkey discover\` shows the rooms that are open on this network.`;
  return new RoomkeyError('RK_ROOM_NOT_FOUND', `No room “${nameOrId}” was found. ${advice}`);
}

function ambiguous(
  found: readonly RoomRecord[],
  nameOrId: string,
  owners: OwnerClassifier,
): RoomkeyError {
  const list = found.slice(0, MAX_NAMED).map((room) => {
    const { id, name, ownerName, parameters } = room;
    const owner = `${ownerName}, ${fingerprint(parameters.host)}`;
    const what = owners.describe(room);
    return `${id.slice(0, 8)} (“${name}” of ${owner}${what === '' ? '' : `, ${what}`})`;
  });
  if (found.length > MAX_NAMED) list.push('…');
  return new RoomkeyError(
    'RK_ROOM_AMBIGUOUS',
    `“${nameOrId}” can mean several rooms: ${list.join(', ')}. Give the beginning of the id of the one you mean.`,
  );
}
