import type { PageFrame } from '../../messages/index.js';
import type { ArrivedFrame } from './arrived-frame.js';
import { now, Screen } from './screen.js';
import { ShownCounter, type PlayerStatistics } from './statistics.js';
import type { FromWorker, ToWorker } from './worker.js';

/** Shows pictures on a canvas. */
export interface Player {
  /** Shows it, unless a newer one comes before it is decoded. Its memory is the player's now. */
  push(frame: PageFrame): void;
  /** As of the last quarter of a second. */
  statistics(): PlayerStatistics;
  /** Ends it; the canvas keeps the last picture. Can be called twice. */
  close(): void;
}

/** What a player tells. */
export interface PlayerEvents {
  /** A frame was lost, or cannot be decoded: nothing is shown until there is a key frame. */
  onKeyFrameNeeded(): void;
}

/**
 * Decodes and draws in a worker, where the browser lets a worker draw; else here.
 *
 * @param canvas is the player's from now on, for its whole life: it takes each picture's size, and
 * CSS says how it is fitted (`object-fit`)
 */
export function createPlayer(canvas: HTMLCanvasElement, events: PlayerEvents): Player {
  return 'transferControlToOffscreen' in canvas
    ? new WorkerPlayer(canvas, events)
    : new PagePlayer(canvas, events);
}

/**
 * What is on its way to the worker and not taken by it, which says so of each frame: a worker that
 * takes long for one holds no more than this. One frame may always be on its way.
 */
const MAX_UNTAKEN = 8;
const MAX_UNTAKEN_BYTES = 2 * 1024 * 1024;

class WorkerPlayer implements Player {
  readonly #worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  #statistics = new ShownCounter().statistics(0);
  /** The bytes of each, the oldest first. */
  readonly #untaken: number[] = [];
  #untakenBytes = 0;
  /** The newest of those that wait here; the decoder asks for a key frame where one is missing. */
  #next: ArrivedFrame | undefined;
  #dropped = 0;

  constructor(canvas: HTMLCanvasElement, events: PlayerEvents) {
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data === 'key-frame-needed') events.onKeyFrameNeeded();
      else if (data === 'frame-taken') this.#onTaken();
      else this.#statistics = data;
    };
    const offscreen = canvas.transferControlToOffscreen();
    this.#tell({ canvas: offscreen }, [offscreen]);
  }

  push(frame: PageFrame): void {
    if (this.#next !== undefined) this.#dropped += 1;
    this.#next = arrive(frame);
    this.#send();
  }

  statistics(): PlayerStatistics {
    return { ...this.#statistics, dropped: this.#statistics.dropped + this.#dropped };
  }

  close(): void {
    this.#tell({ close: true }, []);
  }

  #onTaken(): void {
    this.#untakenBytes -= this.#untaken.shift() ?? 0;
    this.#send();
  }

  #send(): void {
    const frame = this.#next;
    if (frame === undefined || !this.#hasRoom(frame.data.length)) return;
    this.#next = undefined;
    this.#untaken.push(frame.data.length);
    this.#untakenBytes += frame.data.length;
    this.#tell({ frame }, [frame.data.buffer]);
  }

  #hasRoom(bytes: number): boolean {
    const { length } = this.#untaken;
    if (length === 0) return true;
    return length < MAX_UNTAKEN && this.#untakenBytes + bytes <= MAX_UNTAKEN_BYTES;
  }

  #tell(message: ToWorker, transfer: Transferable[]): void {
    this.#worker.postMessage(message, transfer);
  }
}

class PagePlayer implements Player {
  readonly #screen: Screen;

  constructor(canvas: HTMLCanvasElement, events: PlayerEvents) {
    this.#screen = new Screen(canvas, () => events.onKeyFrameNeeded());
  }

  push(frame: PageFrame): void {
    this.#screen.push(arrive(frame));
  }

  statistics(): PlayerStatistics {
    return this.#screen.statistics();
  }

  close(): void {
    this.#screen.close();
  }
}

function arrive({ number, frame }: PageFrame): ArrivedFrame {
  const { codec, capturedAt } = frame;
  const isKey = frame.codec === 'jpeg' || frame.isKey;
  // A message's memory is shared with nobody: a socket made it.
  const data = frame.data as Uint8Array<ArrayBuffer>;
  return { codec, number, isKey, data, capturedAt, arrivedAt: now() };
}
