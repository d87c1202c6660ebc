import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { STEP_MS } from './app-window.js';
import { openHomes } from './desktop.js';
import { openUser, type User } from './people.js';
import { countInJpeg } from './pictures.js';
import type { Running, Shell } from './shell.js';
import { personNumbers, type Person } from './y4m.js';

/** Bytes that one picture and the next certainly have together. */
const TWO_PICTURES = 512 * 1024;

/** Someone in a call at a shell, who shows a moving test picture and keeps what they see. */
export class ShellPeer {
  readonly program: Running;
  readonly #pictures: string;

  private constructor(program: Running, pictures: string) {
    this.program = program;
    this.#pictures = pictures;
  }

  /** Makes an account and joins a room. */
  static async join(shell: Shell, name: string, room: string): Promise<ShellPeer> {
    await shell.json('account', 'create', name);
    const pictures = join(shell.home, 'remote.mjpeg');
    const program = shell.start(
      ...['join', room, '--camera', 'pattern', '--size', '320x180', '--fps', '15'],
      ...['--out', pictures, '--json'],
    );
    return new ShellPeer(program, pictures);
  }

  /** Waits for a picture of a person's clip that comes from now on; a page decodes it. */
  async sees(person: Person, page: Page): Promise<void> {
    const before = await this.#end();
    await expect
      .poll(
        async () => {
          const jpeg = lastJpeg(await this.#read(before));
          return jpeg === undefined ? undefined : (await countInJpeg(page, jpeg))?.person;
        },
        { timeout: STEP_MS },
      )
      .toBe(personNumbers[person]);
  }

  async #end(): Promise<number> {
    const file = await open(this.#pictures);
    const { size } = await file.stat();
    await file.close();
    return size;
  }

  /** What was written behind an offset, but no more of it than has to be looked at. */
  async #read(after: number): Promise<Buffer> {
    const file = await open(this.#pictures);
    try {
      const { size } = await file.stat();
      const start = Math.max(after, size - TWO_PICTURES);
      const { buffer } = await file.read({ buffer: Buffer.alloc(size - start), position: start });
      return buffer;
    } finally {
      await file.close();
    }
  }
}

/** A call of a desktop app and a shell. */
export interface CallWithShell {
  readonly grace: User;
  /** Someone at a shell, who shows and takes JPEG only. */
  readonly ada: ShellPeer;
  /** A page that decodes what Ada got. */
  readonly blank: Page;
}

/** Grace at a desktop app and Ada at a shell, in a call, and Grace’s camera runs. */
export async function openCallWithShell(): Promise<CallWithShell> {
  const [atGrace, atAda] = await openHomes(2);
  const grace = await openUser(atGrace!, 'grace');
  const blank = await grace.browser.newPage();
  await grace.window.createRoom('Study');
  await grace.window.join('Study');
  const ada = await ShellPeer.join(atAda!, 'Ada', 'Study');
  await grace.window.words();
  await grace.window.startCamera();
  await ada.sees('grace', blank);
  return { grace, ada, blank };
}

/** The last whole picture among JPEGs that lie one behind the other. */
function lastJpeg(bytes: Buffer): Uint8Array | undefined {
  const end = bytes.lastIndexOf(Buffer.of(0xff, 0xd9));
  const start = end < 0 ? -1 : bytes.lastIndexOf(Buffer.of(0xff, 0xd8, 0xff), end);
  return start < 0 ? undefined : bytes.subarray(start, end + 2);
}
