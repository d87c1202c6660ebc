import type { PageFrame } from '../../messages/index.js';
import type { ArrivedFrame } from './arrived-frame.js';
import { now, Screen } from './screen.js';
import { ShownCounter, type PlayerStatistics } from './statistics.js';
import type { FromWorker, ToWorker } from './worker.js';

/** Plays video on a canvas. */
export interface Player {
  /**
   * Shows a frame, unless a newer one arrives before it is decoded. The player takes over its
   * memory.
   */
  push(frame: PageFrame): void;
  /** Updated four times a second. */
  statistics(): PlayerStatistics;
  /** Stops; the canvas keeps the last image. Idempotent. */
  close(): void;
}

/** Events of a player. */
export interface PlayerEvents {
  /** A frame was lost or cannot be decoded: nothing is shown until the next key frame. */
  onKeyFrameNeeded(): void;
}

/**
 * Decodes and draws in a worker, if the browser lets workers draw; otherwise in the page.
 *
 * @param canvas belongs to the player from now on. The player sets its size to that of the video;
 * CSS fits it (`object-fit`).
 */
export function createPlayer(canvas: HTMLCanvasElement, events: PlayerEvents): Player {
  return 'transferControlToOffscreen' in canvas
    ? new WorkerPlayer(canvas, events)
    : new PagePlayer(canvas, events);
}

/**
 * Limits of frames sent to the worker and not yet acknowledged, which bound the memory of a slow
 * worker. One frame may always be in flight.
 */
const MAX_UNTAKEN = 8;
const MAX_UNTAKEN_BYTES = 2 * 1024 * 1024;

class WorkerPlayer implements Player {
  readonly #worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  #statistics = new ShownCounter().statistics(0);
  /** Size of each, oldest first. */
  readonly #untaken: number[] = [];
  #untakenBytes = 0;
  /** The newest waiting frame; if one is missing, the decoder requests a key frame. */
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
  // The transport allocated it for this message, so it is not shared.
  const data = frame.data as Uint8Array<ArrayBuffer>;
  return { codec, number, isKey, data, capturedAt, arrivedAt: now() };
}
