import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** The built `roomkey` command. */
export const ROOMKEY = join(import.meta.dirname, '../../hosts/cli/bin/roomkey.js');
/** Longer than a minute, for which the stored endpoint of a host that vanished is valid. */
const STEP_TIMEOUT_MS = 100_000;

/** The result of a command. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A line that a command printed with `--json`. */
export type Line = Readonly<Record<string, unknown>>;

/** A person at a terminal, with their own folders, who runs the built `roomkey` command. */
export class Shell {
  /** The parent of the person's folders, which hold everything that is stored. */
  readonly home: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #prefix: readonly string[];

  private constructor(
    home: string,
    environment: Readonly<Record<string, string>>,
    prefix: readonly string[],
  ) {
    this.home = home;
    this.#environment = environment;
    this.#prefix = prefix;
  }

  /**
   * @param environment variables besides the test's own
   * @param prefix a command that runs the commands, such as `ip netns exec NAME`
   */
  static async open(
    environment: Readonly<Record<string, string>>,
    prefix: readonly string[] = [],
  ): Promise<Shell> {
    const home = await mkdtemp(join(tmpdir(), 'roomkey-shell-'));
    onTestFinished(() => rm(home, { recursive: true, force: true }));
    return new Shell(home, environment, prefix);
  }

  /** The same person in the same folders, with other variables. */
  with(environment: Readonly<Record<string, string>>): Shell {
    return new Shell(this.home, { ...this.#environment, ...environment }, this.#prefix);
  }

  /** Runs a command to its end. */
  async run(...args: readonly string[]): Promise<Finished> {
    return await this.start(...args).finished;
  }

  /** Runs a command with `--json` to its end; throws if it fails. */
  async json(...args: readonly string[]): Promise<Line> {
    const { code, stdout, stderr } = await this.run(...args, '--json');
    if (code !== 0) throw new Error(`roomkey ${args.join(' ')} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout.toString()) as Line;
  }

  /** Starts a command; it ends with the test. */
  start(...args: readonly string[]): Running {
    const [command = '', ...rest] = [...this.#prefix, process.execPath, ROOMKEY, ...args];
    const child = spawn(command, rest, {
      cwd: this.home,
      env: { ...process.env, ROOMKEY_HOME: this.home, ...this.#environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const running = new Running(child, args.join(' '));
    onTestFinished(() => running.kill());
    return running;
  }
}

/** A running command. */
export class Running {
  readonly finished: Promise<Finished>;
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #stdout: Buffer[] = [];
  #stderr = '';
  /** Whether it has ended, and all of its output was read. */
  #isClosed = false;
  readonly #waiting = new Set<() => void>();

  constructor(child: ChildProcess, name: string) {
    this.#child = child;
    this.#name = name;
    child.stdout?.on('data', (chunk: Buffer) => {
      this.#stdout.push(chunk);
      this.#wake();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.finished = new Promise((resolve) => {
      child.on('close', (code) => {
        resolve({ code, stdout: Buffer.concat(this.#stdout), stderr: this.#stderr });
        this.#isClosed = true;
        this.#wake();
      });
    });
  }

  /** The documents printed so far, one per line. */
  get lines(): Line[] {
    const complete = Buffer.concat(this.#stdout).toString().split('\n').slice(0, -1);
    return complete.map((line) => JSON.parse(line) as Line);
  }

  /** Waits for the first matching line after the first `after` lines. */
  async line(matches: (line: Line) => boolean, after = 0): Promise<Line> {
    const limit = AbortSignal.timeout(STEP_TIMEOUT_MS);
    limit.addEventListener('abort', () => this.#wake(), { once: true });
    for (;;) {
      const found = this.lines.slice(after).find(matches);
      if (found !== undefined) return found;
      if (limit.aborted || this.#isClosed) {
        throw new Error(
          `roomkey ${this.#name} did not print the expected line.\n${Buffer.concat(this.#stdout).toString()}\n${this.#stderr}`,
        );
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  /** Stops reading its output, like a closed player. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
    }
    await this.finished;
  }

  /** Wakes all calls that wait for a line. */
  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** Whether a line says that the call is in this phase. */
export function inPhase(phase: string): (line: Line) => boolean {
  return (line) => line['event'] === 'state' && line['phase'] === phase;
}

/** Whether a line says that the call is live and the number of connections is known. */
export function isLive(line: Line): boolean {
  const [participant] = (line['participants'] ?? []) as readonly Line[];
  return inPhase('live')(line) && participant?.['connections'] !== undefined;
}
