import { RoomkeyError } from '../errors/index.js';
import { nameKey } from '../people/names.js';
import { toHex } from '../secure/bytes.js';
import { createBreather } from '../util/breather.js';
import { closest } from '../util/closest.js';
import { nfc } from '../util/nfc.js';
import type { RoomRecord } from './room-record.js';

/** The shortest beginning of an id that stands for a room. */
const MIN_ID_PREFIX = 4;
/** How many rooms are named where several are meant. */
const MAX_NAMED = 8;
/** How many names are compared at once, some µs each. */
const NAMES_AT_ONCE = 100;

/** A room among those that are searched. */
export interface RoomCandidate {
  readonly id: string;
  /** What it claims to be called. */
  readonly name: string;
  readonly nameKey: string;
  /** What it is, verified; `undefined` where it is not what it claims. Only asked where it fits. */
  readonly record: RoomRecord | undefined;
}

/**
 * The room that a person means: by its id; by its name, as it is written or without regard to case;
 * or by the beginning of its id, at least 4 digits.
 *
 * @throws RoomkeyError `RK_ROOM_NOT_FOUND`, `RK_ROOM_AMBIGUOUS`
 */
export async function searchRoom(
  candidates: readonly RoomCandidate[],
  nameOrId: string,
): Promise<RoomRecord> {
  const breathe = createBreather();
  const id = nameOrId.trim().toLowerCase();
  const key = nameKey(nameOrId);
  const written = nfc(nameOrId).trim();
  const fits: readonly ((room: RoomCandidate) => boolean)[] = [
    (room) => room.id === id,
    (room) => room.name === written,
    (room) => room.nameKey === key,
    (room) => id.length >= MIN_ID_PREFIX && room.id.startsWith(id),
  ];
  for (const fit of fits) {
    const found: RoomRecord[] = [];
    for (const room of candidates) {
      await breathe();
      const record = fit(room) ? room.record : undefined;
      if (record !== undefined) found.push(record);
      if (found.length > MAX_NAMED) break;
    }
    const [only, ...others] = found;
    if (others.length > 0) throw ambiguous(found, nameOrId);
    if (only !== undefined) return only;
  }
  throw notFound(nameOrId, await nearest(candidates, nameOrId));
}

async function nearest(
  candidates: readonly RoomCandidate[],
  nameOrId: string,
): Promise<string | undefined> {
  const breathe = createBreather();
  let near: string | undefined;
  for (let at = 0; at < candidates.length; at += NAMES_AT_ONCE) {
    await breathe();
    const names = candidates.slice(at, at + NAMES_AT_ONCE).map(({ name }) => name);
    near = closest(nameOrId, near === undefined ? names : [near, ...names]);
  }
  // A name that nobody vouches for is not repeated to a person.
  for (const room of candidates) {
    await breathe();
    if (room.name === near && room.record !== undefined) return near;
  }
  return undefined;
}

function notFound(nameOrId: string, near: string | undefined): RoomkeyError {
  const advice =
    near === undefined
      ? '`roomkey room list` shows those that are stored, `roomkey discover` those that are live nearby.'
      : `Did you mean “${near}”? \`roomkey discover\` shows the rooms that are live nearby.`;
  return new RoomkeyError('RK_ROOM_NOT_FOUND', `There is no room “${nameOrId}”. ${advice}`);
}

function ambiguous(found: readonly RoomRecord[], nameOrId: string): RoomkeyError {
  const list = found
    .slice(0, MAX_NAMED)
    .map(
      ({ id, name, ownerName, parameters: { host } }) =>
        `${id.slice(0, 8)} (“${name}” of ${ownerName}, ${toHex(host).slice(0, 8)})`,
    );
  if (found.length > MAX_NAMED) list.push('…');
  return new RoomkeyError(
    'RK_ROOM_AMBIGUOUS',
    `“${nameOrId}” can mean several rooms: ${list.join(', ')}. Give the beginning of the id of the one you mean.`,
  );
}
