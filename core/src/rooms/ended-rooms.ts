import type { Beacon } from '../secure/beacon.js';

/** How long the last beacon of a room that ended is remembered against replays, ms. */
const REMEMBER_MS = 60_000;
/** How many epochs of one room are remembered. */
const MAX_EPOCHS = 8;

interface Ended {
  readonly epoch: number;
  readonly sequence: number;
  readonly at: number;
}

/**
 * Replay guard: the last beacons of rooms that ended, so that recorded beacons do not bring them back.
 * Entries last one minute: a host whose clock was set back must be found again.
 */
export class EndedRooms {
  readonly #maxRooms: number;
  readonly #now: () => number;
  /** In the order in which they ended. */
  readonly #rooms = new Map<string, readonly Ended[]>();

  constructor(maxRooms: number, now: () => number) {
    this.#maxRooms = maxRooms;
    this.#now = now;
  }

  clear(): void {
    this.#rooms.clear();
  }

  add(id: string, { epoch, sequence }: Pick<Beacon, 'epoch' | 'sequence'>): void {
    const before = this.#rooms.get(id) ?? [];
    const others = before.filter((one) => one.epoch !== epoch);
    // A farewell is above the last beacon that was heard.
    const last = before.find((one) => one.epoch === epoch)?.sequence ?? 0;
    // Deleted first, so that the map stays ordered.
    this.#rooms.delete(id);
    const ended = [...others, { epoch, sequence: Math.max(sequence, last), at: this.#now() }];
    this.#rooms.set(id, ended.slice(-MAX_EPOCHS));
    const [oldest] = this.#rooms.keys();
    if (this.#rooms.size > this.#maxRooms && oldest !== undefined) this.#rooms.delete(oldest);
  }

  /** @param isAnswer whether it answers our query; then a different epoch does not make it old */
  isOld(
    id: string,
    { epoch, sequence }: Pick<Beacon, 'epoch' | 'sequence'>,
    isAnswer: boolean,
  ): boolean {
    return (this.#rooms.get(id) ?? []).some((ended) => {
      if (this.#now() - ended.at >= REMEMBER_MS) return false;
      if (ended.epoch === epoch) return sequence <= ended.sequence;
      return !isAnswer && ended.epoch > epoch;
    });
  }
}
