import type { LoadedConfig, Roomkey, ServiceKind } from '@roomkey/core/host';
import { ExitCode } from './exit-codes.js';
import type { Output } from './output.js';

/** The options that every command takes. */
export interface GlobalOptions {
  readonly json?: true;
  readonly config?: string;
  readonly verbose?: true;
}

/** Makes a commander action of a command's function. */
export type Run = <A extends unknown[]>(
  handler: (context: CommandContext, ...args: A) => Promise<void>,
) => (...args: A) => Promise<void>;

/** The context of a running command. Core is loaded by the first command that needs it. */
export class CommandContext {
  readonly output: Output;
  /** Aborted by Ctrl-C, SIGTERM and a closed output, with an `Interrupted`. */
  readonly signal: AbortSignal;
  /** The path after `--config`. */
  readonly configPath: string | undefined;
  /** The exit code if the command throws nothing. */
  exitCode: ExitCode = ExitCode.ok;
  /** Whether a closed output ends the command as done rather than as interrupted. */
  isDoneUnread = false;
  readonly #open: Roomkey[] = [];
  #config: Promise<LoadedConfig> | undefined;

  constructor(output: Output, signal: AbortSignal, configPath: string | undefined) {
    this.output = output;
    this.signal = signal;
    this.configPath = configPath;
  }

  /** The configuration after `--config`, or else the one that is found; read once. */
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
