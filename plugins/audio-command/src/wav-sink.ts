import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { deferred, hasErrno, opusFormat, RoomkeyError, systemReason } from '@roomkey/core';
import { fileFailure } from './failures.js';
import { SAMPLE_BYTES } from './pcm.js';
import type { SoundSink } from './sound-sink.js';
import { MAX_WAV_BYTES, WAV_HEADER_BYTES, wavHeader } from './wav-header.js';

const FORMAT = { channels: opusFormat.channels, rate: opusFormat.sampleRate };

/** How much is collected for one write, bytes: 100 ms. */
const BATCH_BYTES = 9600;
/** How much may wait for a disk that does not answer, bytes: ten seconds. */
const MAX_WAITING_BYTES = 100 * BATCH_BYTES;

/** The files that are being written. */
const taken = new Set<string>();

/**
 * Writes a WAV file, in the place of one of that name. Its header is right after each write, so that a
 * file is whole also where Roomkey crashed.
 *
 * @throws RoomkeyError `RK_AUDIO_NOT_FOUND`, `RK_AUDIO_DENIED`, `RK_AUDIO_BUSY`, `RK_AUDIO_FAILED`
 */
export async function openWavSink(path: string): Promise<SoundSink> {
  let real: string;
  try {
    real = await realPath(path);
  } catch (cause) {
    throw cause instanceof RoomkeyError ? cause : fileFailure(path, 'written', cause);
  }
  if (taken.has(real)) {
    throw new RoomkeyError(
      'RK_AUDIO_BUSY',
      `The file ${path} is being written already. Choose another one.`,
    );
  }
  taken.add(real);
  try {
    return new WavSink(await open(real, 'w', 0o600), real);
  } catch (cause) {
    taken.delete(real);
    throw fileFailure(path, 'written', cause);
  }
}

/** The real path of a file, which may not exist yet. */
async function realPath(path: string): Promise<string> {
  const known = await stat(path).catch((error: unknown) => {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (known === undefined) return join(await realpath(dirname(path)), basename(path));
  if (known.isFile()) return realpath(path);
  throw new RoomkeyError(
    'RK_AUDIO_FAILED',
    `${path} is no file, and a header cannot be written to it. For a pipe or a device, give a command: that writes to it.`,
  );
}

class WavSink implements SoundSink {
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #failed = deferred<RoomkeyError>();
  readonly failed = this.#failed.promise;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #writtenBytes = 0;
  #isWriting = false;
  #written: Promise<void>;

  constructor(file: FileHandle, path: string) {
    this.#file = file;
    this.#path = path;
    // The header, so that it is a WAV file from the start.
    this.#written = this.#flush();
  }

  write(pcm: Uint8Array): void {
    this.#waiting.push(pcm);
    this.#waitingBytes += pcm.length;
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      this.#fail('the disk does not take more');
    } else if (this.#writtenBytes + this.#waitingBytes > MAX_WAV_BYTES) {
      this.#fail('a WAV file has at most 4 GiB, twelve hours');
    } else if (this.#waitingBytes >= BATCH_BYTES && !this.#isWriting) {
      this.#written = this.#flush();
    }
  }

  async close(): Promise<void> {
    await this.#written;
    await this.#flush();
    await this.#file.close().catch((error: unknown) => this.#fail(systemReason(error)));
    taken.delete(this.#path);
  }

  async #flush(): Promise<void> {
    this.#isWriting = true;
    const batch = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    try {
      const position = WAV_HEADER_BYTES + this.#writtenBytes;
      const { bytesWritten } = await this.#file.write(batch, 0, batch.length, position);
      // A disk that is nearly full takes a part, and no more after it.
      this.#writtenBytes += bytesWritten - (bytesWritten % SAMPLE_BYTES);
      await this.#file.write(wavHeader(FORMAT, this.#writtenBytes), 0, WAV_HEADER_BYTES, 0);
      if (bytesWritten < batch.length) this.#fail('the disk is full');
    } catch (error) {
      this.#fail(systemReason(error), error);
    }
    this.#isWriting = false;
  }

  #fail(reason: string, cause?: unknown): void {
    this.#failed.resolve(
      new RoomkeyError(
        'RK_AUDIO_LOST',
        `The sound can no longer be written to ${this.#path}: ${reason}. Choose another file.`,
        { cause },
      ),
    );
  }
}
