import { MemoryBackend } from '@roomkey/core/conformance';
import type { SignedIn } from '../../src/people/accounts.js';
import { People } from '../../src/people/people.js';
import { LiveRooms } from '../../src/rooms/live-rooms.js';
import type { RoomEntry } from '../../src/rooms/room-entry.js';
import { encodeRoomRecord } from '../../src/rooms/room-record.js';
import type { RoomChange, RoomWatch } from '../../src/rooms/room-watch.js';
import { Rooms } from '../../src/rooms/rooms.js';
import { VisitedRooms } from '../../src/rooms/visited-rooms.js';
import { toHex } from '../../src/secure/bytes.js';
import { createRoomParameters, roomId } from '../../src/secure/room-parameters.js';
import { testCipher } from '../support/cipher.js';
import { FlakyStorage } from './flaky-storage.js';
import { ManualClock, identityOf, MemoryLogger, ScriptedDiscovery } from './setup.js';

export const ada: SignedIn = { name: 'Ada', identity: identityOf('ada') };
export const bob: SignedIn = { name: 'Bob', identity: identityOf('bob') };
/** A folder without known peers, visits and password checks. */
export const NO_FOLDER = '/nonexistent';
export const HERE = { host: '192.0.2.1', port: 50_000 };

/** A machine with its own clock and network, on a store that it may share. */
export class TestMachine {
  readonly storage: FlakyStorage;
  readonly clock: ManualClock;
  readonly discovery = new ScriptedDiscovery();
  readonly logger = new MemoryLogger();
  readonly live: LiveRooms;
  readonly people: People;
  readonly visits: VisitedRooms;
  readonly rooms: Rooms;

  constructor(
    disk = new MemoryBackend(),
    {
      clock = new ManualClock(),
      directoryKey = new Uint8Array(32).fill(1),
      configFolder = NO_FOLDER,
    } = {},
  ) {
    this.storage = new FlakyStorage(disk);
    this.clock = clock;
    const { discovery, logger, storage } = this;
    this.live = new LiveRooms({ discovery, logger, clock });
    this.people = new People({ configFolder });
    this.visits = new VisitedRooms({ configFolder, logger });
    const { live, people, visits } = this;
    const options = { storage, live, logger, clock, directoryKey, configFolder, people, visits };
    this.rooms = new Rooms({ ...options, cipher: testCipher });
  }

  /** What is logged at this level. */
  logged(level: string): string[] {
    return this.logger.lines.filter((line) => line.level === level).map(({ message }) => message);
  }
}

/** A watch, and what it makes one believe to be there. */
export interface Watcher {
  readonly watch: RoomWatch;
  readonly changes: RoomChange[];
  /** By id. */
  readonly seen: Map<string, RoomEntry>;
}

export async function startWatch({ rooms }: TestMachine, account = ada): Promise<Watcher> {
  const changes: RoomChange[] = [];
  const seen = new Map<string, RoomEntry>();
  const onChange = (change: RoomChange): void => {
    const { type, room } = change;
    if ((type === 'found') === seen.has(room.id)) {
      throw new Error(
        `${room.name} is ${type}, and it was ${seen.has(room.id) ? '' : 'not '}there`,
      );
    }
    changes.push(change);
    if (type === 'lost') seen.delete(room.id);
    else seen.set(room.id, room);
  };
  return { watch: await rooms.watch(onChange, { account }), changes, seen };
}

/** Stores rooms as their owner does, without the checks of `create`. */
export async function storeRooms(
  { storage }: TestMachine,
  count: number,
  owner = ada,
): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const parameters = createRoomParameters(owner.identity.publicKey, 0);
    const id = toHex(roomId(parameters));
    const room = { id, parameters, name: `Room ${String(n)}`, ownerName: owner.name };
    await storage.insert('rooms', id, encodeRoomRecord(room, owner.identity));
    ids.push(id);
  }
  return ids;
}

/** Lets everything that is under way arrive. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
