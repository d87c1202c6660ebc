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

/** More bytes than two pictures have. */
const TWO_PICTURES = 512 * 1024;

/** A person in a call at a shell, who sends a test pattern and stores the video they receive. */
export class ShellPeer {
  readonly program: Running;
  readonly #pictures: string;

  private constructor(program: Running, pictures: string) {
    this.program = program;
    this.#pictures = pictures;
  }

  /** Creates an account and joins a room. */
  static async join(shell: Shell, name: string, room: string): Promise<ShellPeer> {
    await shell.json('account', 'create', name);
    const pictures = join(shell.home, 'remote.mjpeg');
    const program = shell.start(
      ...['join', room, '--camera', 'pattern', '--size', '320x180', '--fps', '15'],
      ...['--out', pictures, '--json'],
    );
    return new ShellPeer(program, pictures);
  }

  /** Waits for a new picture of a person's clip; a page decodes it. */
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

  /** Reads the file from an offset, but at most its last two pictures. */
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
  /** A person at a shell, who sends and accepts JPEG only. */
  readonly ada: ShellPeer;
  /** A page that decodes what Ada received. */
  readonly blank: Page;
}

/** A call between Grace at a desktop app and Ada at a shell; Grace’s camera is on. */
export async function openCallWithShell(): Promise<CallWithShell> {
  const [atGrace, atAda] = await openHomes(2);
  const grace = await openUser(atGrace!, 'grace');
  const blank = await grace.browser.newPage();
  await grace.window.createRoom('Study');
  await grace.window.join('Study');
  const ada = await ShellPeer.join(atAda!, 'Ada', 'Study');
  await grace.window.letIn('Ada');
  await grace.window.words();
  await grace.window.startCamera();
  await ada.sees('grace', blank);
  return { grace, ada, blank };
}

/** The last complete picture of a sequence of JPEGs. */
function lastJpeg(bytes: Buffer): Uint8Array | undefined {
  const end = bytes.lastIndexOf(Buffer.of(0xff, 0xd9));
  const start = end < 0 ? -1 : bytes.lastIndexOf(Buffer.of(0xff, 0xd8, 0xff), end);
  return start < 0 ? undefined : bytes.subarray(start, end + 2);
}
