import { once } from 'node:events';
import { constants, createWriteStream, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Writable } from 'node:stream';
import { deferred, expandHome, type VideoUnit } from '@roomkey/core/host';
import { unwritable } from '../unwritable.js';
import { isJpeg } from './jpeg.js';

/** How long a slow reader can delay the exit after an interruption, ms. */
const FLUSH_LIMIT_MS = 500;
/** How often a named pipe is polled for a reader, ms. */
const READER_POLL_MS = 100;

/** The options of `FrameOutput`. */
export interface FrameOutputOptions {
  /** A file, which is overwritten, a named pipe, or `-` for standard output. */
  readonly path: string;
  /** The largest size of a file, bytes; further frames are skipped. */
  readonly maxBytes: number;
  /** Called once, when the file is full. */
  readonly onFull: () => void;
}

/**
 * Writes the other side's frames as Motion JPEG, which ffplay and ffmpeg read with `-f mjpeg`. The
 * format has no timestamps; `-use_wallclock_as_timestamps 1` uses the times of arrival. Frames that
 * are no JPEG are skipped: the other side must not write a file of their choice.
 *
 * The other side's credit, which `consumed` gives back, bounds the frames that wait to be written.
 */
export class FrameOutput {
  readonly #options: FrameOutputOptions;
  readonly #stream: Writable;
  readonly #isFile: boolean;
  readonly #failed = deferred<never>();
  #skipped = 0;
  #invalid = 0;
  #bytes = 0;
  #isFull = false;

  private constructor(stream: Writable, isFile: boolean, options: FrameOutputOptions) {
    this.#options = options;
    this.#stream = stream;
    this.#isFile = isFile;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // A closed player; `program.ts` handles that as an interruption.
      if (stream === process.stdout && error.code === 'EPIPE') return;
      this.#failed.reject(unwritable('video', options.path, '--out', error));
    });
  }

  /**
   * Resolves when the output is open; a named pipe is open when it has a reader.
   *
   * @throws UsageError if it cannot be written
   */
  static async open(options: FrameOutputOptions, signal: AbortSignal): Promise<FrameOutput> {
    if (options.path === '-') return new FrameOutput(process.stdout, false, options);
    const path = expandHome(options.path);
    const known = await stat(path).catch(() => undefined);
    if (known?.isFIFO() === true) {
      return new FrameOutput(await openPipe(path, signal), false, options);
    }
    const stream = createWriteStream(path, { mode: 0o600 });
    const output = new FrameOutput(stream, true, { ...options, path });
    await Promise.race([once(stream, 'open'), output.failed]);
    return output;
  }

  /** Rejects when writing fails, on a full disk for instance. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** The number of frames skipped because the file is full. */
  get skipped(): number {
    return this.#skipped;
  }

  /** The number of frames skipped because they are no JPEG. */
  get invalid(): number {
    return this.#invalid;
  }

  /** @param consumed called once the frame is written or skipped */
  write({ data }: Pick<VideoUnit, 'data'>, consumed: () => void): void {
    const isPicture = isJpeg(data);
    if (isPicture && this.#hasRoomFor(data.length)) {
      this.#bytes += data.length;
      this.#stream.write(data, () => consumed());
      return;
    }
    if (isPicture) this.#skipped += 1;
    else this.#invalid += 1;
    consumed();
  }

  /**
   * Flushes and closes the output.
   *
   * @param signal once aborted, a reader that does not read delays the close by half a second at most
   */
  async close(signal: AbortSignal): Promise<void> {
    const stream = this.#stream;
    if (stream === process.stdout || stream.destroyed) return;
    let limit: NodeJS.Timeout | undefined;
    const giveUp = (): void => {
      limit = setTimeout(() => stream.destroy(), FLUSH_LIMIT_MS);
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
    stream.end();
    try {
      await finished(stream, { readable: false });
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      clearTimeout(limit);
      signal.removeEventListener('abort', giveUp);
      stream.destroy();
    }
  }

  #hasRoomFor(length: number): boolean {
    if (this.#isFile && this.#bytes + length > this.#options.maxBytes) {
      if (!this.#isFull) this.#options.onFull();
      this.#isFull = true;
    }
    return !this.#isFull;
  }
}

/**
 * Opens a named pipe. The usual way blocks a thread until the pipe has a reader, and keeps the
 * process alive.
 */
async function openPipe(path: string, signal: AbortSignal): Promise<Writable> {
  for (;;) {
    signal.throwIfAborted();
    try {
      const { O_WRONLY, O_NONBLOCK } = constants;
      // This does not block. A `FileHandle` would close the descriptor that the socket owns.
      const fd = openSync(path, O_WRONLY | O_NONBLOCK);
      return new Socket({ fd, readable: false, writable: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENXIO')) {
        throw unwritable('video', path, '--out', error);
      }
    }
    // No event announces a reader.
    await delay(READER_POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}
