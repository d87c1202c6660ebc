import { join } from 'node:path';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import type { Logger } from '../contracts/logger.js';
import { RoomkeyError } from '../errors/index.js';
import { concat, equalBytes, toHex, utf8 } from '../secure/bytes.js';
import { sha256 } from '../secure/kdf.js';
import { writeFileAtomically } from '../util/atomic-file.js';
import { systemReason } from '../util/errno.js';
import { DIRECTORY_KEY_FILE, directoryKeyText, loadDirectoryKey } from './directory-key.js';

const NAME_LABEL = utf8('roomkey/1 directory');
const NAME_BYTES = 6;
const INVITE_WORDS = 24;

/** What `Directory.accept` did. */
export interface AcceptedInvite {
  /** Whether the directory has changed. */
  readonly changed: boolean;
  /** Path of the file with the previous key. */
  readonly previousKeyFile?: string;
}

/**
 * A group of users of one store who can read each other's endpoints: those with the same directory
 * key. An invite carries it to the next machine, never the store.
 */
export class Directory {
  /** 32 bytes. */
  readonly key: Uint8Array;
  readonly #folder: string;
  readonly #logger: Logger;

  private constructor(folder: string, key: Uint8Array, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
    this.key = key;
  }

  /**
   * The user's directory; a new one on first use.
   *
   * @param configFolder the folder for the secrets of this user on this machine
   * @throws RoomkeyError as `loadDirectoryKey` does
   */
  static async open(configFolder: string, logger: Logger): Promise<Directory> {
    return new Directory(configFolder, await loadDirectoryKey(configFolder, logger), logger);
  }

  /** What two people compare to see whether theirs is the same, such as `3f0c-91aa-07be`; no secret. */
  get fingerprint(): string {
    return fingerprintOf(this.key);
  }

  /**
   * The key as 24 words (BIP-39, English), with a checksum of eight bits. Anyone who has them and
   * can read the store sees the addresses of live rooms: share them on paper or by voice.
   */
  async invite(): Promise<string> {
    const { entropyToMnemonic } = await import('@scure/bip39');
    return entropyToMnemonic(this.key, wordlist);
  }

  /**
   * Replaces the key by that of an invite, from the next start on. Keeps the previous key in a file.
   *
   * @param invite the 24 words, in any case, with anything but letters between them
   * @throws RoomkeyError `RK_DIRECTORY_INVITE_INVALID`, or as `loadDirectoryKey` does; then nothing
   * has changed
   */
  async accept(invite: string): Promise<AcceptedInvite> {
    const key = await readInvite(invite);
    // Not `this.key`: another may have been accepted since the start.
    const before = await loadDirectoryKey(this.#folder, this.#logger);
    if (equalBytes(key, before)) return { changed: false };
    const path = join(this.#folder, DIRECTORY_KEY_FILE);
    const previousKeyFile = join(this.#folder, `directory-${fingerprintOf(before)}.key`);
    try {
      // In this order a key always exists; without one, another process would create one.
      await writeFileAtomically(previousKeyFile, directoryKeyText(before));
      await writeFileAtomically(path, directoryKeyText(key));
    } catch (cause) {
      throw new RoomkeyError(
        'RK_STORAGE_IO',
        `The directory key ${path} cannot be replaced: ${systemReason(cause)}. Check that the folder is yours and that the disk has room.`,
        { cause },
      );
    }
    return { changed: true, previousKeyFile };
  }
}

/** A hash, not digits of the key, since it is shown to anyone. */
function fingerprintOf(key: Uint8Array): string {
  const digest = sha256(concat(NAME_LABEL, key)).subarray(0, NAME_BYTES);
  return toHex(digest).replace(/(.{4})(?=.)/g, '$1-');
}

async function readInvite(invite: string): Promise<Uint8Array> {
  const { mnemonicToEntropy } = await import('@scure/bip39');
  const words = invite.toLowerCase().match(/[a-z]+/g) ?? [];
  if (words.length !== INVITE_WORDS) {
    throw invalidInvite(`it has ${words.length} words, and an invite has ${INVITE_WORDS}`);
  }
  // Reports the position only; the words are secret.
  const unknown = words.findIndex((word) => !wordlist.includes(word));
  if (unknown >= 0) throw invalidInvite(`word ${unknown + 1} is not in the list of words`);
  try {
    return mnemonicToEntropy(words.join(' '), wordlist);
  } catch {
    throw invalidInvite('a word is wrong, or two are swapped');
  }
}

function invalidInvite(reason: string): RoomkeyError {
  return new RoomkeyError(
    'RK_DIRECTORY_INVITE_INVALID',
    `This is not an invite to a directory: ${reason}. Type the words as \`roomkey directory invite\` prints them.`,
  );
}
