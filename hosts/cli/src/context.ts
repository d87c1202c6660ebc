import type { LoadedConfig, Roomkey, ServiceKind } from '@roomkey/core/host';
import { ExitCode } from './exit-codes.js';
import type { Output } from './output.js';

/** The options that every command takes. */
export interface GlobalOptions {
  readonly json?: true;
  readonly config?: string;
  readonly verbose?: true;
}

/** Makes commander's action of what a command does. */
export type Run = <A extends unknown[]>(
  handler: (context: CommandContext, ...args: A) => Promise<void>,
) => (...args: A) => Promise<void>;

/** What a command works with. Core is loaded by the first command that needs it. */
export class CommandContext {
  readonly output: Output;
  /** Aborted by Ctrl-C, SIGTERM and a closed output, with an `Interrupted`. */
  readonly signal: AbortSignal;
  /** What the user named as the configuration. */
  readonly configPath: string | undefined;
  /** How the process ends where the command throws nothing. */
  exitCode: ExitCode = ExitCode.ok;
  /** Whether the command is done, and not interrupted, when its output is closed. */
  isDoneUnread = false;
  readonly #open: Roomkey[] = [];
  #config: Promise<LoadedConfig> | undefined;

  constructor(output: Output, signal: AbortSignal, configPath: string | undefined) {
    this.output = output;
    this.signal = signal;
    this.configPath = configPath;
  }

  /** The configuration that the person named, or the one that is found; read once. */
  config(): Promise<LoadedConfig> {
    return (this.#config ??= this.#readConfig());
  }

  async #readConfig(): Promise<LoadedConfig> {
    const { readConfig } = await import('@roomkey/core/host');
    const config = await readConfig(this.configPath === undefined ? {} : { path: this.configPath });
    for (const notice of config.notices) this.output.note(`note: ${notice}`);
    return config;
  }

  /** Starts these services; they are stopped when the command is done. */
  async open(services: readonly ServiceKind[], config?: LoadedConfig): Promise<Roomkey> {
    const { createRoomkey } = await import('@roomkey/core/host');
    const roomkey = await createRoomkey({
      config: config ?? (await this.config()),
      hostFolder: import.meta.dirname,
      services,
      logger: this.output,
      signal: this.signal,
    });
    this.#open.push(roomkey);
    return roomkey;
  }

  /** Stops what was started, last first. */
  async close(): Promise<void> {
    for (let roomkey; (roomkey = this.#open.pop()) !== undefined;) await roomkey.close();
  }
}
