import type { TransportAddress } from '../contracts/transport.js';
import { KnownPeersSnapshot, type Resemblance } from '../people/known-peers-snapshot.js';
import type { IdentityStatus, NamedIdentity } from '../people/known-peer-file.js';
import { nameKey } from '../people/names.js';
import { equalBytes } from '../secure/bytes.js';
import type { Endpoint } from '../secure/endpoint.js';
import { PROTOCOL_VERSION } from '../secure/handshake-messages.js';
import type { RoomParameters } from '../secure/room-parameters.js';
import type { LiveRoom } from './live-room-table.js';
import type { RoomRecord } from './room-record.js';
import type { OwnerClassifier } from './room-search.js';
import type { VisitedRoom } from './visited-rooms.js';

/** A room in the list: stored, live on the network, visited before, or several of these. */
export interface RoomEntry {
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly parameters: RoomParameters;
  /** Safe to show. */
  readonly name: string;
  readonly owner: Resemblance & {
    /** Safe to show; chosen by the owner. */
    readonly name: string;
    /** 32 bytes. */
    readonly identity: Uint8Array;
    /**
     * The owner to the viewer: `new`: the name is unknown; `same`: the owner is known, or it is the
     * viewer's own room; `changed`: the name is known with a different identity, so joining asks
     * first. `undefined` without a viewer, or if the stored file cannot be read.
     */
    readonly known: IdentityStatus | undefined;
  };
  /** Whether it has a password. */
  readonly password: boolean;
  readonly stored: boolean;
  /** Whether its owner has opened it, by a beacon or a stored endpoint. */
  readonly live: boolean;
  /**
   * Whether that is confirmed, by an answer to a query or a stored endpoint. A broadcast beacon can be a
   * replay, so the room may not be open.
   */
  readonly confirmed: boolean;
  /** Whether a guest is in it, so that it accepts no other; by its beacon. */
  readonly full: boolean;
  /**
   * Whether its host speaks this version of the protocol, as its beacon says; else a handshake would
   * end with `RK_HANDSHAKE_VERSION`.
   */
  readonly compatible: boolean;
  /** Whether the viewer owns it. */
  readonly mine: boolean;
  /** The viewer's last visit, ms since 1970; absent if not remembered. */
  readonly visitedAt?: number;
  /** Where its host accepts guests, the likeliest first; empty if unknown. */
  readonly addresses: readonly TransportAddress[];
}

/** The account that a list of rooms is for. */
export interface Viewer extends NamedIdentity {
  /** The peers that the account has met. */
  readonly met: KnownPeersSnapshot;
  /** The rooms that the account has visited, by room id, the latest first. */
  readonly visited: ReadonlyMap<string, VisitedRoom>;
}

/** How a room is known. */
export interface RoomEntrySources {
  readonly stored: boolean;
  readonly live?: LiveRoom | undefined;
  readonly endpoint?: Endpoint | undefined;
}

/** @param room the newest data: that of the beacon, if there is one */
export function toRoomEntry(
  room: RoomRecord,
  { stored, live, endpoint }: RoomEntrySources,
  viewer: Viewer | undefined,
): RoomEntry {
  const { id, parameters, name } = room;
  const visited = viewer?.visited.get(id);
  return {
    id,
    parameters,
    name,
    owner: describeOwner(room, viewer),
    password: parameters.mode === 1,
    stored,
    live: live !== undefined || endpoint !== undefined,
    confirmed: live?.confirmed === true || endpoint !== undefined,
    full: live?.full === true,
    compatible: live === undefined || isCompatible(live),
    mine: viewer !== undefined && equalBytes(viewer.identity, parameters.host),
    ...(visited !== undefined && { visitedAt: visited.visitedAt }),
    addresses: mergeAddresses(live, endpoint),
  };
}

/** Compares a room's owner with the viewer's known peers. */
function knownOwner(
  { ownerName: name, parameters: { host: identity } }: RoomRecord,
  viewer: Viewer | undefined,
): IdentityStatus | undefined {
  if (viewer !== undefined && equalBytes(viewer.identity, identity)) return 'same';
  return viewer?.met.check({ name, identity });
}

/** For `searchRoom`. */
export function classifyOwners(viewer: Viewer | undefined): OwnerClassifier {
  const words = { same: 'known', new: 'new', changed: 'changed' } as const;
  const isOwn = ({ parameters }: RoomRecord): boolean =>
    viewer !== undefined && equalBytes(viewer.identity, parameters.host);
  const ownKey = viewer && nameKey(viewer.name);
  return {
    rank: (room) => {
      if (isOwn(room)) return 'own';
      return knownOwner(room, viewer) === 'same' ? 'met' : 'other';
    },
    isDoubtful: (room) =>
      knownOwner(room, viewer) === 'changed' ||
      // A room with the same names must not keep owners from their own.
      (!isOwn(room) && nameKey(room.ownerName) === ownKey),
    describe: (room) => {
      const known = knownOwner(room, viewer);
      if (isOwn(room)) return 'yours';
      return known === undefined ? '' : words[known];
    },
  };
}

function describeOwner(room: RoomRecord, viewer: Viewer | undefined): RoomEntry['owner'] {
  const owner = { name: room.ownerName, identity: room.parameters.host };
  const known = knownOwner(room, viewer);
  return { ...owner, known, ...(known === 'new' && viewer?.met.resemblance(owner, viewer)) };
}

/** A stored room, to its owner. */
export function toOwnRoomEntry(room: RoomRecord): RoomEntry {
  const met = new KnownPeersSnapshot(undefined);
  const visited = new Map<string, VisitedRoom>();
  const viewer = { name: room.ownerName, identity: room.parameters.host, met, visited };
  return toRoomEntry(room, { stored: true }, viewer);
}

/** Whether a handshake with the host can succeed, as far as a beacon tells. */
export function isCompatible({
  minVersion,
  maxVersion,
}: Pick<LiveRoom, 'minVersion' | 'maxVersion'>): boolean {
  return minVersion <= PROTOCOL_VERSION && maxVersion >= PROTOCOL_VERSION;
}

/**
 * The addresses of a room that answered a query come first, since they are known to work; those of a
 * broadcast beacon come last.
 */
export function mergeAddresses(
  live: Pick<LiveRoom, 'addresses' | 'confirmed'> | undefined,
  endpoint: Pick<Endpoint, 'addresses'> | undefined,
): TransportAddress[] {
  const heard = live?.addresses ?? [];
  const stored = endpoint?.addresses ?? [];
  const all = live?.confirmed === true ? [...heard, ...stored] : [...stored, ...heard];
  return all.filter(
    ({ host, port }, index) =>
      all.findIndex((other) => other.host === host && other.port === port) === index,
  );
}

/** Whether two states of one room would be shown alike; the id binds parameters and owner. */
export function isSameEntry(a: RoomEntry, b: RoomEntry): boolean {
  return (
    a.name === b.name &&
    a.owner.name === b.owner.name &&
    a.owner.known === b.owner.known &&
    isSameList(a.owner.alsoKnownAs, b.owner.alsoKnownAs) &&
    isSameList(a.owner.looksLike, b.owner.looksLike) &&
    a.stored === b.stored &&
    a.live === b.live &&
    a.confirmed === b.confirmed &&
    a.full === b.full &&
    a.compatible === b.compatible &&
    a.visitedAt === b.visitedAt &&
    a.addresses.length === b.addresses.length &&
    a.addresses.every(({ host, port }, index) => {
      const other = b.addresses[index];
      return other?.host === host && other.port === port;
    })
  );
}

function isSameList(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((one, index) => one === b[index]);
}
