import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import type { VideoFrame } from '@roomkey/core/host';
import { UsageError } from '../failure.js';

/** What may wait to be written, bytes. Beyond it pictures are left out, so that nothing grows. */
const MAX_PENDING_BYTES = 16 << 20;

/**
 * Writes the partner's pictures one behind the other: Motion JPEG, which ffplay and ffmpeg read with
 * `-f mjpeg`.
 */
export class FrameOutput {
  readonly #stream: Writable;
  readonly #failed: Promise<never>;
  readonly #ownsStream: boolean;
  #skipped = 0;

  /** @param path a file, which is written over, or `-` for standard output */
  constructor(path: string) {
    this.#ownsStream = path !== '-';
    this.#stream = this.#ownsStream ? createWriteStream(path) : process.stdout;
    this.#failed = new Promise((_resolve, reject) => {
      this.#stream.on('error', (error: NodeJS.ErrnoException) => reject(explain(path, error)));
    });
    this.#failed.catch(() => undefined);
  }

  /** Rejects when nothing can be written any more: a full disk, or a player that was closed. */
  get failed(): Promise<never> {
    return this.#failed;
  }

  /** Pictures that were left out because the reader was too slow. */
  get skipped(): number {
    return this.#skipped;
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
  if (error.code === 'EPIPE') return new UsageError('Whoever read the pictures has stopped.');
  return new UsageError(
    `The pictures cannot be written to ${path}: ${error.message}. Choose another file with --out.`,
  );
}
