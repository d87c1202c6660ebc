import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import {
  childEnvironment,
  deferred,
  hasErrno,
  RoomkeyError,
  settleOrAbort,
  systemReason,
} from '@roomkey/core';

/** How long a program has to end after it was asked to, ms. */
const END_LIMIT_MS = 500;
/** How long the last words of a program are waited for after its end, ms. */
const LAST_WORDS_MS = 200;
const MAX_KEPT_WORDS = 4096;
const MAX_SHOWN_WORDS = 200;

/** A program and its arguments. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * A program that gives or takes raw sound. It runs without a shell, without our secrets, and in a
 * process group of its own, so that what it starts ends with it.
 */
export class Program {
  readonly #command: Command;
  readonly #child: ChildProcess;
  readonly #exited = deferred<undefined>();
  readonly #ended = deferred<RoomkeyError>();
  readonly #onOurExit = (): void => this.#kill('SIGKILL');
  #words = '';
  #isOpen = false;
  #isStopped = false;
  #hasExited = false;

  private constructor(command: Command, folder: string, stdio: StdioOptions) {
    this.#command = command;
    this.#child = spawn(command.program, command.args, {
      cwd: folder,
      env: childEnvironment(),
      stdio,
      detached: HAS_GROUPS,
      windowsHide: true,
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-MAX_KEPT_WORDS);
    });
    // Also where we end at once, such as by a second Ctrl-C: a program may take no notice of our end.
    process.on('exit', this.#onOurExit);
    this.#child.stdin?.on('error', () => this.#onInputClosed());
    this.#child
      .on('error', (cause) => {
        if (this.#child.pid === undefined) {
          process.off('exit', this.#onOurExit);
          this.#exited.resolve(undefined);
        }
        this.#ended.resolve(this.#notStarted(cause));
      })
      .on('exit', (code, signal) => this.#onExit(code, signal));
  }

  /**
   * Starts a program.
   *
   * @param folder its working directory
   * @param end which of its ends carries the sound
   * @throws RoomkeyError `RK_AUDIO_NOT_FOUND`, `RK_AUDIO_DENIED`, `RK_AUDIO_FAILED`
   */
  static async start(
    command: Command,
    folder: string,
    end: 'stdin' | 'stdout',
    signal: AbortSignal | undefined,
  ): Promise<Program> {
    signal?.throwIfAborted();
    const program = new Program(command, folder, [
      end === 'stdin' ? 'pipe' : 'ignore',
      end === 'stdout' ? 'pipe' : 'ignore',
      'pipe',
    ]);
    const started = deferred<undefined>();
    program.#child.once('spawn', () => started.resolve(undefined));
    await program.until(started.promise, signal);
    return program;
  }

  /** What it says; of one that was started with this end. */
  get stdout(): Readable {
    return piped(this.#child.stdout);
  }

  /** What it hears; of one that was started with this end. */
  get stdin(): Writable {
    return piped(this.#child.stdin);
  }

  /** Resolves when it ends by itself. */
  get ended(): Promise<RoomkeyError> {
    return this.#ended.promise;
  }

  /** It works: from now on it does not fail to start, but is lost. */
  opened(): void {
    this.#isOpen = true;
  }

  /** Waits for something that a running program does; stops the program if that fails. */
  async until<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const ended = this.#ended.promise.then((error): never => {
      throw error;
    });
    const either = Promise.race([promise, ended]);
    try {
      return await (signal === undefined ? either : settleOrAbort(either, signal));
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Ends it and all that it started. Idempotent. */
  async stop(): Promise<void> {
    if (!this.#isStopped) {
      this.#isStopped = true;
      this.#kill('SIGTERM');
    }
    const limit = setTimeout(() => this.#kill('SIGKILL'), END_LIMIT_MS);
    await this.#exited.promise;
    clearTimeout(limit);
  }

  /** An error that says what the program did, with its last words. */
  failure(what: string): RoomkeyError {
    const words = this.#lastWords();
    const failed = BUSY.test(words) ? 'RK_AUDIO_BUSY' : 'RK_AUDIO_FAILED';
    return new RoomkeyError(
      this.#isOpen ? 'RK_AUDIO_LOST' : failed,
      `The sound program ${this.#command.program} ${what}. ${words === '' ? 'It said nothing' : `It said: ${words}`}. Try its command in a terminal.`,
    );
  }

  #notStarted(cause: Error): RoomkeyError {
    const { program } = this.#command;
    if (hasErrno(cause, 'ENOENT')) {
      return new RoomkeyError(
        'RK_AUDIO_NOT_FOUND',
        `There is no program ${program}. Install it, or check its name after command:.`,
        { cause },
      );
    }
    return new RoomkeyError(
      hasErrno(cause, 'EACCES', 'EPERM') ? 'RK_AUDIO_DENIED' : 'RK_AUDIO_FAILED',
      `The sound program ${program} does not start: ${systemReason(cause)}. Try its command in a terminal.`,
      { cause },
    );
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    // What it started would keep the device.
    this.#kill('SIGKILL');
    // From now on another program may get the number.
    this.#hasExited = true;
    process.off('exit', this.#onOurExit);
    this.#exited.resolve(undefined);
    const how = code === null ? `by the signal ${String(signal)}` : `with code ${code}`;
    const end = (): void => this.#ended.resolve(this.failure(`ended ${how}`));
    const limit = setTimeout(end, LAST_WORDS_MS);
    this.#child.once('close', () => {
      clearTimeout(limit);
      end();
    });
  }

  /** A program that ended reads no more, which its event `exit` says better; one that runs on is of no use. */
  #onInputClosed(): void {
    const say = (): void => this.#ended.resolve(this.failure('takes no more sound'));
    setTimeout(say, END_LIMIT_MS).unref();
  }

  #kill(signal: 'SIGTERM' | 'SIGKILL'): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#hasExited) return;
    try {
      if (HAS_GROUPS) process.kill(-pid, signal);
      else this.#child.kill(signal);
    } catch {
      // No one of the group is left.
    }
  }

  /** The last line that the program wrote to its standard error, without control characters. */
  #lastWords(): string {
    const lines = this.#words.split(/[\r\n]+/).map((line) => line.replace(/\p{C}/gu, '').trim());
    const last = lines.findLast((line) => line !== '') ?? '';
    return last.slice(0, MAX_SHOWN_WORDS).replace(/\.$/, '');
  }
}

/** Windows has no process groups: there a program ends what it started itself. */
const HAS_GROUPS = process.platform !== 'win32';

/** What `arecord` and others say of a device that another program has. */
const BUSY = /\bbusy\b/i;

function piped<T>(stream: T | null): T {
  if (stream === null) throw new Error('this end of the program is not connected');
  return stream;
}
