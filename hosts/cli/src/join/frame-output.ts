import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import type { VideoFrame } from '@roomkey/core/host';
import { UsageError } from '../failure.js';

/** What may wait to be written, bytes. Beyond it pictures are left out, so that nothing grows. */
const MAX_PENDING_BYTES = 16 << 20;

/**
 * Writes the partner's pictures one behind the other: Motion JPEG, which ffplay and ffmpeg read with
 * `-f mjpeg`. It bears no times; `-use_wallclock_as_timestamps 1` takes those of the arrival.
 */
export class FrameOutput {
  readonly #stream: Writable;
  readonly #failed: Promise<never>;
  readonly #ownsStream: boolean;
  #skipped = 0;

  /**
   * @param path a file, which is written over and made with mode 0600, or `-` for standard output.
   * A file or pipe that is there keeps its mode.
   */
  constructor(path: string) {
    this.#ownsStream = path !== '-';
    this.#stream = this.#ownsStream ? createWriteStream(path, { mode: 0o600 }) : process.stdout;
    this.#failed = new Promise((_resolve, reject) => {
      this.#stream.on('error', (error: NodeJS.ErrnoException) => {
        // A player that was closed; the program takes that as an interruption.
        if (this.#ownsStream || error.code !== 'EPIPE') reject(explain(path, error));
      });
    });
    this.#failed.catch(() => undefined);
  }

  /** Rejects when nothing can be written any more, on a full disk for instance. */
  get failed(): Promise<never> {
    return this.#failed;
  }

  /** Pictures that were left out because the reader was too slow. */
  get skipped(): number {
    return this.#skipped;
  }

  /**
   * Resolves when the file is open.
   *
   * @throws UsageError where it cannot be written
   */
  async opened(): Promise<void> {
    if (this.#ownsStream) await Promise.race([once(this.#stream, 'open'), this.#failed]);
  }

  write({ data }: VideoFrame): void {
    if (this.#stream.writableLength + data.length > MAX_PENDING_BYTES) this.#skipped += 1;
    else this.#stream.write(data);
  }

  /** Writes out what waits. */
  async close(): Promise<void> {
    if (!this.#ownsStream || this.#stream.destroyed) return;
    this.#stream.end();
    await finished(this.#stream);
  }
}

function explain(path: string, error: NodeJS.ErrnoException): Error {
  return new UsageError(
    `The pictures cannot be written to ${path}: ${error.message}. Choose another file with --out.`,
  );
}
