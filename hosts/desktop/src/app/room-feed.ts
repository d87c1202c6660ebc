import {
  resemblanceNotes,
  SerialQueue,
  type GuessLimit,
  type RoomChange,
  type RoomEntry,
  type Roomkey,
  type RoomWatch,
  type SignedIn,
} from '@roomkey/core/host';
import type { AppEvent, ListedRoom } from '../messages/index.js';

/** Minimum interval between updates, ms. */
const INTERVAL_MS = 100;

export interface RoomFeedOptions {
  readonly rooms: Roomkey['rooms'];
  readonly emit: (event: AppEvent) => void;
  /** Called when the rooms cannot be read. They are read again when the store is back. */
  readonly onFailure: (error: unknown) => void;
}

/** A remembered password, with its guess limit until it is typed again. */
export interface RememberedPassword {
  readonly password: string;
  readonly guesses: GuessLimit | undefined;
}

/**
 * Sends the list of rooms, as the signed-in account sees them, to the page. Also keeps the
 * passwords given for them, in memory only and until the account signs out.
 */
export class RoomFeed {
  readonly #options: RoomFeedOptions;
  readonly #passwords = new Map<string, RememberedPassword>();
  #shown = new Map<string, RoomEntry>();
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #emittedAt = -Infinity;
  #watch: RoomWatch | undefined;
  /** The account that sees the rooms. */
  #account: SignedIn | undefined;
  #stopping = new AbortController();
  readonly #starts = new SerialQueue();

  constructor(options: RoomFeedOptions) {
    this.#options = options;
  }

  /** The full list. */
  get snapshot(): AppEvent {
    const rooms = [...this.#shown.values()].map((room) => this.#view(room));
    return { event: 'rooms', reset: true, rooms, lost: [] };
  }

  /** Reads all rooms for this account. The previous list stays until that is done. */
  restart(account: SignedIn | undefined): Promise<void> {
    this.#stopping.abort();
    const stopping = (this.#stopping = new AbortController());
    return this.#starts.run(() => this.#start(account, stopping.signal));
  }

  password(id: string): RememberedPassword | undefined {
    return this.#passwords.get(id);
  }

  /** Remembers a correct password. */
  unlock(id: string, password: string, guesses?: GuessLimit): void {
    this.#passwords.set(id, { password, guesses });
    this.#change(id);
  }

  /** Forgets a wrong password. */
  lock(id: string): void {
    if (this.#passwords.delete(id)) this.#change(id);
  }

  /** Forgets all passwords. */
  lockAll(): void {
    for (const id of [...this.#passwords.keys()]) this.lock(id);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#starts.run(() => this.#watch?.stop());
    clearTimeout(this.#timer);
  }

  async #start(account: SignedIn | undefined, signal: AbortSignal): Promise<void> {
    await this.#watch?.stop();
    this.#watch = undefined;
    const found = new Map<string, RoomEntry>();
    let isStarted = false;
    const onChange = ({ type, room }: RoomChange): void => {
      if (type === 'lost') found.delete(room.id);
      else found.set(room.id, room);
      if (isStarted) this.#change(room.id);
    };
    try {
      this.#watch = await this.#options.rooms.watch(onChange, { account, signal });
    } catch (error) {
      if (!signal.aborted) this.#options.onFailure(error);
      return;
    }
    isStarted = true;
    this.#account = account;
    this.#shown = found;
    this.#changed.clear();
    this.#options.emit(this.snapshot);
  }

  #change(id: string): void {
    this.#changed.add(id);
    const pause = Math.max(0, this.#emittedAt + INTERVAL_MS - performance.now());
    this.#timer ??= setTimeout(() => this.#emitChanges(), pause);
  }

  #emitChanges(): void {
    this.#timer = undefined;
    this.#emittedAt = performance.now();
    const rooms: ListedRoom[] = [];
    const lost: string[] = [];
    for (const id of this.#changed) {
      const room = this.#shown.get(id);
      if (room === undefined) lost.push(id);
      else rooms.push(this.#view(room));
    }
    this.#changed.clear();
    if (rooms.length + lost.length > 0) {
      this.#options.emit({ event: 'rooms', reset: false, rooms, lost });
    }
  }

  #view(room: RoomEntry): ListedRoom {
    const { id, name, owner, password, stored, live, confirmed, full, compatible, mine } = room;
    const unlocked = password && this.#passwords.has(id);
    const flags = { password, unlocked, stored, live, confirmed, full, compatible, mine };
    const visit = room.visitedAt === undefined ? {} : { visitedAt: room.visitedAt };
    const notes = resemblanceNotes(owner, this.#account?.name ?? '');
    const about = { known: owner.known, ...(notes.length > 0 && { notes }) };
    return { id, name, owner: owner.name, ...about, ...flags, ...visit };
  }
}
