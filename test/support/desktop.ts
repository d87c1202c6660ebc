import { mkdir, writeFile } from 'node:fs/promises';
import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
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
 * @param setup `port`: that port; `folder`: where all of them store, in place of a folder each
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
 * Homes for two people between whom no announcement comes through, as in a network that keeps
 * broadcasts from people: the second one hears of the first one's rooms by asking alone.
 */
export async function openAskedHomes(): Promise<readonly [asked: Shell, asking: Shell]> {
  const [askedPort, askingPort] = [await freeUdpPort(), await freeUdpPort()];
  const [asked] = await openHomes(1, {}, { port: askedPort });
  const [asking] = await openHomes(1, {}, { port: askingPort });
  // Hears the one's questions, passes them on to the other, and brings the answers.
  const ear = createSocket({ type: 'udp4', reuseAddr: true });
  const mouth = createSocket('udp4');
  onTestFinished(() => {
    ear.close();
    mouth.close();
  });
  let asker: RemoteInfo | undefined;
  ear.on('message', (question, from) => {
    asker = from;
    mouth.send(question, askedPort, '127.0.0.1');
  });
  mouth.on('message', (answer) => {
    if (asker !== undefined) mouth.send(answer, asker.port, asker.address);
  });
  ear.bind(askingPort);
  await once(ear, 'listening');
  return [asked!, asking!];
}
