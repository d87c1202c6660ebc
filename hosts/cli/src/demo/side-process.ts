import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { childEnvironment } from '@roomkey/core/host';
import type { FromSide, ToSide } from './messages.js';

/** How long a side may take for one step, ms: scrypt, PBKDF2 and start-up on a slow machine. */
const STEP_TIMEOUT_MS = 60_000;

/** One side of the demo: a process of its own, with folders of its own. */
export class SideProcess {
  readonly #child: ChildProcess;
  readonly #home: string;
  readonly #said: FromSide[] = [];
  #wake: (() => void) | undefined;
  #stderr = '';

  private constructor(child: ChildProcess, home: string) {
    this.#child = child;
    this.#home = home;
    child.on('message', (message) => {
      this.#said.push(message as FromSide);
      this.#wake?.();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    child.on('exit', () => this.#wake?.());
  }

  /** Starts the process. */
  static async start(): Promise<SideProcess> {
    const home = await mkdtemp(join(tmpdir(), 'roomkey-demo-'));
    const child = fork(join(import.meta.dirname, 'side.js'), {
      // Without MONGO_URI too: what the demo makes up is nothing for the person's own store.
      env: childEnvironment({ ROOMKEY_HOME: home }),
      // Its own standard streams: only the demo prints.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    return new SideProcess(child, home);
  }

  tell(message: ToSide): void {
    if (this.#child.connected) this.#child.send(message);
  }

  /**
   * What the side says of this kind, now or later.
   *
   * @throws Error what the side failed with, with its `code`; another where it died or took too long
   */
  async hear<T extends FromSide['type']>(
    type: T,
    signal: AbortSignal,
  ): Promise<Extract<FromSide, { type: T }>> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(STEP_TIMEOUT_MS)]);
    limit.addEventListener('abort', () => this.#wake?.(), { once: true });
    for (;;) {
      limit.throwIfAborted();
      for (const message of this.#said) {
        // The code travels along: the exit code depends on it.
        if (message.type === 'failed') {
          throw Object.assign(new Error(message.message), { code: message.code });
        }
        if (message.type === type) return message as Extract<FromSide, { type: T }>;
      }
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`A side of the demo ended before its time.\n${this.#stderr}`);
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
