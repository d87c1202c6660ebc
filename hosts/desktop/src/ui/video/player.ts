import type { NumberedVideoUnit } from '@roomkey/core/wire';
import { ShownCounter, type PlayerStatistics } from './statistics.js';
import { ConsumptionPacer } from './consumption-pacer.js';
import { VideoRenderer, type RendererEvents } from './video-renderer.js';
import type { PlayerCommand, PlayerReport } from './worker.js';

/** Shows the units of one track on a canvas. */
export interface Player {
  /** Shows it, unless a newer one arrives before it is drawn. Takes ownership of its memory. */
  push(unit: NumberedVideoUnit): void;
  /** Sets whether the window is visible: a hidden one takes about one unit per second. */
  setVisible(visible: boolean): void;
  /** Updated every quarter of a second. */
  statistics(): PlayerStatistics;
  /** Stops; the canvas keeps the last image. Idempotent. */
  close(): void;
}

/**
 * Decodes and draws in a worker, if the browser lets workers draw; otherwise in the page.
 *
 * @param canvas the player takes ownership of it, and sets its size to that of the video;
 * CSS fits it (`object-fit`).
 */
export function createPlayer(canvas: HTMLCanvasElement, events: RendererEvents): Player {
  const pacer = new ConsumptionPacer((number) => events.onConsumed(number));
  const paced = {
    onKeyFrameNeeded: () => events.onKeyFrameNeeded(),
    onConsumed: (number: number) => pacer.consume(number),
  };
  const renderer: Renderer =
    'transferControlToOffscreen' in canvas
      ? new WorkerRenderer(canvas, paced)
      : new VideoRenderer(canvas, paced);
  return {
    push: (unit) => {
      pacer.add(unit.number);
      renderer.push(unit);
    },
    setVisible: (visible) => pacer.setVisible(visible),
    statistics: () => renderer.statistics(),
    close: () => {
      renderer.close();
      pacer.close();
    },
  };
}

/** Decodes and draws, here or in a worker. */
type Renderer = Pick<VideoRenderer, 'push' | 'statistics' | 'close'>;

class WorkerRenderer implements Renderer {
  readonly #worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  #statistics = new ShownCounter().statistics(0);

  constructor(canvas: HTMLCanvasElement, events: RendererEvents) {
    this.#worker.onmessage = ({ data }: MessageEvent<PlayerReport>) => {
      if (data === 'key-frame-needed') events.onKeyFrameNeeded();
      else if (typeof data === 'number') events.onConsumed(data);
      else this.#statistics = data;
    };
    const offscreen = canvas.transferControlToOffscreen();
    this.#send({ canvas: offscreen }, [offscreen]);
  }

  push(unit: NumberedVideoUnit): void {
    // The memory can be transferred: a socket created it, and nothing else uses it.
    this.#send({ unit }, [unit.data.buffer as ArrayBuffer]);
  }

  statistics(): PlayerStatistics {
    return this.#statistics;
  }

  close(): void {
    this.#send({ close: true }, []);
  }

  #send(command: PlayerCommand, transfer: Transferable[]): void {
    this.#worker.postMessage(command, transfer);
  }
}
