import type { TransportAddress } from '../contracts/transport.js';
import { RoomkeyError } from '../errors/index.js';
import { nameKey } from '../people/names.js';
import { equalBytes, toHex } from '../secure/bytes.js';
import type { Endpoint } from '../secure/endpoint.js';
import type { RoomParameters } from '../secure/room-parameters.js';
import { closest } from '../util/closest.js';
import type { LiveRoom } from './live-room-table.js';
import type { RoomRecord } from './room-record.js';

/** The shortest beginning of an id that stands for a room. */
const MIN_ID_PREFIX = 4;

/** A room in the list: stored, live nearby, or both. */
export interface RoomEntry {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly parameters: RoomParameters;
  /** Fit to be shown. */
  readonly name: string;
  readonly owner: {
    /** Fit to be shown; what the owner calls itself. */
    readonly name: string;
    /** 32 bytes. */
    readonly identity: Uint8Array;
  };
  /** Whether it has a password. */
  readonly password: boolean;
  readonly stored: boolean;
  /** Whether its owner has opened it, by a beacon or a stored endpoint. */
  readonly live: boolean;
  /** Whether the one who asks owns it. */
  readonly mine: boolean;
  /** Where its host takes guests, the likeliest first; empty where that is not known. */
  readonly addresses: readonly TransportAddress[];
}

/** How a room is known. */
export interface RoomSources {
  readonly stored: boolean;
  readonly live?: LiveRoom | undefined;
  readonly endpoint?: Endpoint | undefined;
}

/** @param room what is said of it: by the beacon where there is one, that is the newest */
export function toEntry(
  { id, parameters, name, ownerName }: RoomRecord,
  { stored, live, endpoint }: RoomSources,
  viewer: Uint8Array | undefined,
): RoomEntry {
  return {
    id,
    parameters,
    name,
    owner: { name: ownerName, identity: parameters.host },
    password: parameters.mode === 1,
    stored,
    live: live !== undefined || endpoint !== undefined,
    mine: viewer !== undefined && equalBytes(viewer, parameters.host),
    addresses: mergeAddresses(live?.addresses ?? [], endpoint?.addresses ?? []),
  };
}

/** The addresses of a beacon come first: they have just been seen to work, one way at least. */
export function mergeAddresses(
  heard: readonly TransportAddress[],
  stored: readonly TransportAddress[],
): TransportAddress[] {
  const all = [...heard, ...stored];
  return all.filter(
    ({ host, port }, index) =>
      all.findIndex((other) => other.host === host && other.port === port) === index,
  );
}

/**
 * The room that a person means: by its name, without regard to case; or by its id or the beginning
 * of it, at least 4 digits.
 *
 * @throws RoomkeyError `RK_ROOM_NOT_FOUND`, `RK_ROOM_AMBIGUOUS`
 */
export function pickRoom(entries: readonly RoomEntry[], nameOrId: string): RoomEntry {
  const id = nameOrId.trim().toLowerCase();
  const byId = entries.find((entry) => entry.id === id);
  if (byId !== undefined) return byId;

  const key = nameKey(nameOrId);
  const named = entries.filter((entry) => nameKey(entry.name) === key);
  const exact = named.filter((entry) => entry.name === nameOrId.normalize('NFC').trim());
  const prefixed =
    id.length < MIN_ID_PREFIX ? [] : entries.filter((entry) => entry.id.startsWith(id));
  const found = [exact, named, prefixed].find((group) => group.length > 0) ?? [];
  const [only, ...others] = found;
  if (only === undefined) throw notFound(entries, nameOrId);
  if (others.length > 0) throw ambiguous(found, nameOrId);
  return only;
}

function notFound(entries: readonly RoomEntry[], nameOrId: string): RoomkeyError {
  const near = closest(
    nameOrId,
    entries.map((entry) => entry.name),
  );
  const advice =
    near === undefined
      ? '`roomkey room list` shows those that are stored, `roomkey discover` those that are live nearby.'
      : `Did you mean “${near}”? \`roomkey discover\` shows the rooms that are live nearby.`;
  return new RoomkeyError('RK_ROOM_NOT_FOUND', `There is no room “${nameOrId}”. ${advice}`);
}

function ambiguous(found: readonly RoomEntry[], nameOrId: string): RoomkeyError {
  const list = found.map(
    ({ id, name, owner }) =>
      `${id.slice(0, 8)} (“${name}” of ${owner.name}, ${toHex(owner.identity).slice(0, 8)})`,
  );
  return new RoomkeyError(
    'RK_ROOM_AMBIGUOUS',
    `“${nameOrId}” can mean several rooms: ${list.join(', ')}. Give the beginning of the id of the one you mean.`,
  );
}
