import type { Program } from './program.js';
import type { SoundSink } from './sound-sink.js';

/** How much is left out where a program falls behind, bytes: half a second. */
const SKIPPED_BYTES = 48_000;
/** How long a program has to play what it was given, after its input ended, ms. */
const DRAIN_LIMIT_MS = 1000;

/**
 * Writes raw sound to a program. Only the system's buffer is between, about a second: a program that
 * falls behind it, because its clock is slower or it hangs, loses half a second.
 */
export class ProgramSink implements SoundSink {
  readonly failed: SoundSink['failed'];
  readonly #program: Program;
  #skipBytes = 0;

  constructor(program: Program) {
    this.#program = program;
    this.failed = program.ended;
  }

  write(pcm: Uint8Array): void {
    const { stdin } = this.#program;
    // What the system did not take yet, from last time.
    if (stdin.writableLength > 0) this.#skipBytes = SKIPPED_BYTES;
    if (this.#skipBytes > 0) this.#skipBytes -= pcm.length;
    else stdin.write(pcm);
  }

  /** Lets the program play what it was given; ends it if it does not end itself. */
  async close(): Promise<void> {
    const { stdin } = this.#program;
    stdin.end();
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise((resolve) => (timer = setTimeout(resolve, DRAIN_LIMIT_MS)));
    await Promise.race([this.#program.ended, limit]);
    clearTimeout(timer);
    await this.#program.stop();
  }
}
