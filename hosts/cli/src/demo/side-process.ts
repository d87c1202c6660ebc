import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment } from '@roomkey/core/host';
import type { FromSide, ToSide } from './messages.js';

/** How long a side may take for one step, ms: scrypt, PBKDF2 and start-up on a slow computer. */
const STEP_TIMEOUT_MS = 60_000;

/** One side of the demo, in its own process with its own folders. */
export class SideProcess {
  readonly #child: ChildProcess;
  readonly #home: string;
  readonly #messages: FromSide[] = [];
  #wake: (() => void) | undefined;
  #stderr = '';

  private constructor(child: ChildProcess, home: string) {
    this.#child = child;
    this.#home = home;
    child.on('message', (message) => {
      this.#messages.push(message as FromSide);
      this.#wake?.();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    child.on('exit', () => this.#wake?.());
  }

  /** Starts the process. */
  static async start(): Promise<SideProcess> {
    const home = await mkdtemp(join(tmpdir(), 'roomkey-demo-'));
    const child = fork(join(import.meta.dirname, 'side.js'), {
      // Also without MONGO_URI: the demo must not write to the user's own store.
      env: childEnvironment({ ROOMKEY_HOME: home }),
      // Its own standard streams: only the demo prints.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    return new SideProcess(child, home);
  }

  send(message: ToSide): void {
    if (this.#child.connected) this.#child.send(message);
  }

  /**
   * Waits for a message of this type, and returns at once if it has come already.
   *
   * @throws Error the side's error, with its `code`, if it failed; another if it died or took too long
   */
  async waitFor<T extends FromSide['type']>(
    type: T,
    signal: AbortSignal,
  ): Promise<Extract<FromSide, { type: T }>> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(STEP_TIMEOUT_MS)]);
    limit.addEventListener('abort', () => this.#wake?.(), { once: true });
    for (;;) {
      limit.throwIfAborted();
      for (const message of this.#messages) {
        // Keeps the code, because the exit code depends on it.
        if (message.type === 'failed') {
          throw Object.assign(new Error(message.message), { code: message.code });
        }
        if (message.type === type) return message as Extract<FromSide, { type: T }>;
      }
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`A side of the demo ended early.\n${this.#stderr}`);
      }
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Ends the process and removes its folders. */
  async end(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit');
      this.#child.kill();
      await exited;
    }
    await rm(this.#home, { recursive: true, force: true });
  }
}
