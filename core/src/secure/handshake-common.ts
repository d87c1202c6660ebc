/** What both sides of a handshake have in common. */
import { randomBytes } from 'node:crypto';
import type { Cipher } from '../contracts/index.js';
import { RoomkeyError } from '../errors/index.js';
import { concat, lv, u32, utf8 } from './bytes.js';
import { cpaceGenerator, cpaceSessionKey } from './cpace.js';
import { asHandshakeError, handshakeVersion } from './handshake-failure.js';
import { CAPABILITY_JPEG, MAX_NAME_BYTES } from './handshake-messages.js';
import type { Identity } from './identity.js';
import { areRoomParametersValid, roomId } from './room-parameters.js';
import type { RoomParameters } from './room-parameters.js';
import { x25519Secret } from './x25519.js';

/** The random values of one side of one handshake, 32 bytes each. */
export interface Ephemeral {
  readonly nonce: Uint8Array;
  /** The secret half of E. */
  readonly secret: Uint8Array;
  /** The secret scalar of the CPace share. */
  readonly scalar: Uint8Array;
}

/** What one side brings into a handshake. */
export interface HandshakeOptions {
  readonly identity: Identity;
  /** The own name: 1…32 bytes of UTF-8. */
  readonly name: string;
  readonly room: RoomParameters;
  /** `derivePasswordSecret`'s result in password rooms. Copied, and the copy erased. */
  readonly passwordSecret?: Uint8Array;
  readonly capabilities: number;
  /** The ciphers that may be agreed on. */
  readonly ciphers: readonly Cipher[];
  /** For test vectors only: fixed values in place of random ones. */
  readonly ephemeral?: Ephemeral;
}

/** A side's secrets, kept together so that all of them are erased, however it ends. */
export class HandshakeSecrets {
  readonly nonce: Uint8Array;
  readonly secret: Uint8Array;
  readonly scalar: Uint8Array;
  readonly #passwordSecret: Uint8Array | undefined;
  readonly #kept: Uint8Array[] = [];

  constructor(options: HandshakeOptions) {
    // Not slice(): a Buffer's shares its memory, and the caller's bytes would be erased.
    this.nonce = this.keep(new Uint8Array(options.ephemeral?.nonce ?? randomBytes(32)));
    this.secret = this.keep(new Uint8Array(options.ephemeral?.secret ?? x25519Secret()));
    this.scalar = this.keep(new Uint8Array(options.ephemeral?.scalar ?? x25519Secret()));
    this.#passwordSecret =
      options.passwordSecret && this.keep(new Uint8Array(options.passwordSecret));
  }

  /** Takes bytes that are to be erased with the rest. */
  keep(bytes: Uint8Array): Uint8Array {
    this.#kept.push(bytes);
    return bytes;
  }

  /** CPace's generator in password rooms. */
  generator(room: RoomParameters, sid: Uint8Array): Uint8Array | undefined {
    if (this.#passwordSecret === undefined) return undefined;
    return this.keep(cpaceGenerator(this.#passwordSecret, cpaceChannel(room), sid));
  }

  /** CPace's ISK in password rooms, empty in others. Throws where a share does not fit the mode. */
  sessionKey(
    sid: Uint8Array,
    peer: 'guest' | 'host',
    shares: { readonly guest: Uint8Array; readonly host: Uint8Array },
  ): Uint8Array {
    if (this.#passwordSecret === undefined) {
      if (shares[peer].length !== 0) throw new RangeError('a share in an open room');
      return new Uint8Array(0);
    }
    if (shares[peer].length !== 32) throw new RangeError('no share in a password room');
    const a = { share: shares.guest, associatedData: utf8('guest') };
    const b = { share: shares.host, associatedData: utf8('host') };
    return this.keep(cpaceSessionKey(sid, this.scalar, shares[peer], a, b));
  }

  erase(): void {
    for (const bytes of this.#kept) bytes.fill(0);
    this.#kept.length = 0;
  }
}

/**
 * The steps of one side, each once and in order. After a throw the secrets are erased and the
 * handshake is over.
 */
export abstract class Handshake<
  State extends { readonly at: string },
  Options extends HandshakeOptions = HandshakeOptions,
> {
  protected readonly options: Options;
  protected readonly secrets: HandshakeSecrets;
  #state: State | undefined;

  /**
   * @throws RoomkeyError `RK_ROOM_PASSWORD_REQUIRED` or `RK_ROOM_PASSWORD_UNEXPECTED` where password
   * and room do not go together; `RK_HANDSHAKE_VERSION` where the room's parameters are not allowed
   */
  constructor(options: Options, first: State) {
    checkOptions(options);
    this.options = options;
    this.secrets = new HandshakeSecrets(options);
    this.#state = first;
  }

  /** Overwrites the secrets; the handshake is over. Can be called twice. */
  erase(): void {
    this.#state = undefined;
    this.secrets.erase();
  }

  /** Takes the state `at`, and whatever goes wrong makes the one failure of it. */
  protected step<At extends State['at'], T>(
    at: At,
    run: (state: Extract<State, { at: At }>) => { readonly next?: State; readonly result: T },
  ): T {
    const state = this.#state;
    try {
      if (state?.at !== at) throw new RangeError('a step of the handshake out of order');
      const { next, result } = run(state as Extract<State, { at: At }>);
      if (next === undefined) this.erase();
      else this.#state = next;
      return result;
    } catch (error) {
      this.erase();
      throw asHandshakeError(error);
    }
  }
}

/** CPace's channel identifier CI: the room, its host and how its password is stretched. */
function cpaceChannel(room: RoomParameters): Uint8Array {
  return concat(
    lv(utf8('roomkey/1 cpace')),
    lv(roomId(room)),
    lv(room.host),
    lv(room.salt),
    u32(room.iterations),
  );
}

/** The capabilities of both. */
export function commonCapabilities(own: number, peers: number): number {
  const common = (own & peers) >>> 0;
  if ((common & CAPABILITY_JPEG) === 0) throw handshakeVersion('picture format');
  return common;
}

function checkOptions({ name, room, passwordSecret, ciphers }: HandshakeOptions): void {
  const nameLength = utf8(name).length;
  if (nameLength === 0 || nameLength > MAX_NAME_BYTES || ciphers.length === 0) {
    throw new RangeError('a handshake needs a name of 1 to 32 bytes and a cipher');
  }
  if (!areRoomParametersValid(room)) {
    throw new RoomkeyError(
      'RK_HANDSHAKE_VERSION',
      'The room’s parameters are not those of a Roomkey room. Ask its owner to create it anew.',
    );
  }
  if (room.mode === 1 && passwordSecret === undefined) {
    throw new RoomkeyError('RK_ROOM_PASSWORD_REQUIRED', 'The room has a password; give it.');
  }
  if (room.mode === 0 && passwordSecret !== undefined) {
    throw new RoomkeyError(
      'RK_ROOM_PASSWORD_UNEXPECTED',
      'A password was given, and the room has none. It may not be the room that you mean.',
    );
  }
}
