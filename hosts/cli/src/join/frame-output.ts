import { once } from 'node:events';
import { constants, createWriteStream, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Writable } from 'node:stream';
import { deferred, expandHome, systemReason, type VideoUnit } from '@roomkey/core/host';
import { UsageError } from '../failure.js';
import { isJpeg } from './jpeg.js';

/** How long is waited for a reader after the person wishes to leave, ms. */
const FLUSH_LIMIT_MS = 500;
/** How often it is looked whether a named pipe has a reader, ms. */
const READER_POLL_MS = 100;

/** Where a `FrameOutput` writes, and how much. */
export interface FrameOutputOptions {
  /** A file, which is written over, a named pipe, or `-` for standard output. */
  readonly path: string;
  /** The most bytes that a file may have; further pictures are left out. */
  readonly maxBytes: number;
  /** Told once, when the file has them. */
  readonly onFull: () => void;
}

/**
 * Writes the other side's pictures one behind the other: Motion JPEG, which ffplay and ffmpeg read
 * with `-f mjpeg`. It bears no times; `-use_wallclock_as_timestamps 1` takes those of the arrival.
 * What is no picture is left out: the other side must not write a file of their choice.
 *
 * What waits to be written is bounded by the other side's credit, which comes back with `taken`.
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
      // A player that was closed; the program takes that as an interruption.
      if (stream === process.stdout && error.code === 'EPIPE') return;
      this.#failed.reject(explain(options.path, error));
    });
  }

  /**
   * Resolves when it is open: of a named pipe, when something reads it.
   *
   * @throws UsageError where it cannot be written
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

  /** Rejects when nothing can be written any more, on a full disk for instance. */
  get failed(): Promise<never> {
    return this.#failed.promise;
  }

  /** Pictures that were left out because the file is full. */
  get skipped(): number {
    return this.#skipped;
  }

  /** Frames that were left out because they are no pictures. */
  get invalid(): number {
    return this.#invalid;
  }

  /** @param taken called once the picture is written, or left out */
  write({ data }: Pick<VideoUnit, 'data'>, taken: () => void): void {
    const isPicture = isJpeg(data);
    if (isPicture && this.#hasRoomFor(data.length)) {
      this.#bytes += data.length;
      this.#stream.write(data, () => taken());
      return;
    }
    if (isPicture) this.#skipped += 1;
    else this.#invalid += 1;
    taken();
  }

  /**
   * Writes out what waits.
   *
   * @param signal once it is aborted, a reader that does not read is not waited for
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
 * Opens a named pipe. Opening it in the usual way blocks a thread until something reads it, and
 * keeps the process from ending.
 */
async function openPipe(path: string, signal: AbortSignal): Promise<Writable> {
  for (;;) {
    signal.throwIfAborted();
    try {
      const { O_WRONLY, O_NONBLOCK } = constants;
      // It does not wait, and a `FileHandle` would close what the socket has.
      const fd = openSync(path, O_WRONLY | O_NONBLOCK);
      return new Socket({ fd, readable: false, writable: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENXIO')) {
        throw explain(path, error as Error);
      }
    }
    // Nothing tells of a reader.
    await delay(READER_POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

function explain(path: string, error: Error): UsageError {
  return new UsageError(
    `The pictures cannot be written to ${path}: ${systemReason(error)}. Choose another file with --out.`,
  );
}
