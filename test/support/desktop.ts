import { mkdir, writeFile } from 'node:fs/promises';
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freeUdpPort } from './free-port.js';
import { Shell, type Running } from './shell.js';

/** The desktop app of one person, with their own folders, as `roomkey desktop` runs it. */
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

  /** Starts a person's app; it ends with the test. */
  static async start(shell: Shell): Promise<Desktop> {
    const program = shell.start('desktop', '--browser', 'none', '--json');
    const line = await program.line(({ address }) => typeof address === 'string');
    return new Desktop(shell, program, line['address'] as string);
  }

  /** The origin of the page. */
  get origin(): string {
    return new URL(this.address).origin;
  }

  /** Ends the app at once, like a power failure. */
  async kill(): Promise<void> {
    await this.#program.kill();
  }

  /** Asks the app to end. @returns its exit code */
  async end(): Promise<number | null> {
    this.#program.signal('SIGTERM');
    return (await this.#program.finished).code;
  }
}

/**
 * Homes for people whose apps find only each other, on their own UDP port.
 *
 * @param environment variables besides the test's own
 * @param setup `port`: that port; `folder`: a store for all, in place of a folder each
 */
export async function openHomes(
  count: number,
  environment: Readonly<Record<string, string>> = {},
  setup: { readonly port?: number; readonly folder?: string } = {},
): Promise<Shell[]> {
  const { port = await freeUdpPort(), folder: store } = setup;
  const discovery = { use: '@roomkey/discovery-udp', config: { port, intervalMs: 500 } };
  const storage = { use: '@roomkey/storage-json', config: { folder: store } };
  const configuration = {
    version: 1,
    services: { discovery: { allOf: [discovery] }, ...(store !== undefined && { storage }) },
  };
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

/**
 * Homes for two people on a network that does not deliver announcements between them, as some do not
 * deliver broadcasts. The second finds the first one's rooms only by a query.
 */
export async function openAskedHomes(): Promise<readonly [asked: Shell, asking: Shell]> {
  const [askedPort, askingPort] = [await freeUdpPort(), await freeUdpPort()];
  const [asked] = await openHomes(1, {}, { port: askedPort });
  const [asking] = await openHomes(1, {}, { port: askingPort });
  // Forwards the second one's queries to the first one, and the answers back.
  const listener = createSocket({ type: 'udp4', reuseAddr: true });
  const forwarder = createSocket('udp4');
  onTestFinished(() => {
    listener.close();
    forwarder.close();
  });
  let asker: RemoteInfo | undefined;
  listener.on('message', (query, from) => {
    asker = from;
    forwarder.send(query, askedPort, '127.0.0.1');
  });
  forwarder.on('message', (answer) => {
    if (asker !== undefined) forwarder.send(answer, asker.port, asker.address);
  });
  listener.bind(askingPort);
  await once(listener, 'listening');
  return [asked!, asking!];
}
