import { spawn, type ChildProcess } from 'node:child_process';
import { onTestFinished } from 'vitest';

const STEP_TIMEOUT_MS = 20_000;

/** A command at a terminal: a pseudo-terminal of util-linux's `script`. */
export class Terminal {
  readonly #child: ChildProcess;
  #printed = '';
  readonly #waiting = new Set<() => void>();

  /**
   * @param command its words, none of which has a quote
   * @param environment variables besides the test's own
   */
  constructor(
    command: readonly string[],
    options: {
      readonly folder: string;
      readonly environment: Readonly<Record<string, string>>;
      readonly prefix?: readonly string[];
    },
  ) {
    const line = command.map((word) => `'${word}'`).join(' ');
    const [program = '', ...rest] = [
      ...(options.prefix ?? []),
      ...['script', '--quiet', '--flush', '--return', '--command', line, '/dev/null'],
    ];
    this.#child = spawn(program, rest, {
      cwd: options.folder,
      env: { ...process.env, ...options.environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#printed += text;
      for (const wake of this.#waiting) wake();
    });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
  }

  /** Waits until a text is printed, after the first `after` characters. @returns where it ends */
  async shows(text: string, after = 0): Promise<number> {
    const limit = AbortSignal.timeout(STEP_TIMEOUT_MS);
    for (;;) {
      const at = this.#printed.indexOf(text, after);
      if (at !== -1) return at + text.length;
      if (limit.aborted) throw new Error(`“${text}” was not printed:\n${this.#printed}`);
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
        limit.addEventListener('abort', () => resolve(), { once: true });
      });
      this.#waiting.clear();
    }
  }

  /** Types keys; `\r` is Enter. */
  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }
}
