import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freeUdpPort } from './free-port.js';
import { Shell, type Running } from './shell.js';

/** The desktop app of one person, with folders of their own, as `roomkey desktop` runs it. */
export class Desktop {
  readonly shell: Shell;
  /** Opens one page, once. */
  readonly address: string;
  readonly #program: Running;

  private constructor(shell: Shell, program: Running, address: string) {
    this.shell = shell;
    this.#program = program;
    this.address = address;
  }

  /** Starts the app of somebody who has a home; it is ended with the test. */
  static async start(shell: Shell): Promise<Desktop> {
    const program = shell.start('desktop', '--browser', 'none', '--json');
    const line = await program.line(({ address }) => typeof address === 'string');
    return new Desktop(shell, program, line['address'] as string);
  }

  /** What the page's address begins with. */
  get origin(): string {
    return new URL(this.address).origin;
  }

  /** Ends the app at once, as a power cut does. */
  async kill(): Promise<void> {
    await this.#program.kill();
  }

  /** Asks the app to end, and says with which code it did. */
  async end(): Promise<number | null> {
    this.#program.signal('SIGTERM');
    return (await this.#program.finished).code;
  }
}

/**
 * Homes for people whose apps find each other, and nobody else: on a UDP port of their own.
 *
 * @param environment variables besides the test's own
 */
export async function openHomes(
  count: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<Shell[]> {
  const port = await freeUdpPort();
  const use = { use: '@roomkey/discovery-udp', config: { port, intervalMs: 500 } };
  const configuration = { version: 1, services: { discovery: { allOf: [use] } } };
  const shells: Shell[] = [];
  for (let n = 0; n < count; n += 1) {
    const shell = await Shell.open({ ROOMKEY_PASSWORD: 'a password of mine', ...environment });
    const folder = join(shell.home, 'config');
    await mkdir(folder, { mode: 0o700 });
    await writeFile(join(folder, 'roomkey.config.json'), JSON.stringify(configuration));
    shells.push(shell);
  }
  return shells;
}
