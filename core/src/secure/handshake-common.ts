/** Code shared by both sides of a handshake. */
import { randomBytes } from 'node:crypto';
import type { Cipher } from '../contracts/index.js';
import { RoomkeyError } from '../errors/index.js';
import { concat, lv, u32, utf8 } from './bytes.js';
import { cpaceGenerator, cpaceSessionKey } from './cpace.js';
import { asHandshakeError } from './handshake-failure.js';
import { MAX_NAME_BYTES } from './handshake-messages.js';
import type { Identity } from './identity.js';
import { areRoomParametersValid, roomId } from './room-parameters.js';
import type { RoomParameters } from './room-parameters.js';
import { x25519Secret } from './x25519.js';

/** Random values of one side, 32 bytes each. */
export interface Ephemeral {
  readonly nonce: Uint8Array;
  /** The private key of E. */
  readonly secret: Uint8Array;
  /** The secret scalar of the CPace share. */
  readonly scalar: Uint8Array;
}

/** Options of either side. */
export interface HandshakeOptions {
  readonly identity: Identity;
  /** Own name: 1…32 bytes of UTF-8. */
  readonly name: string;
  readonly room: RoomParameters;
  /** Result of `derivePasswordSecret` in password rooms. Copied; the copy is erased. */
  readonly passwordSecret?: Uint8Array;
  /** The ciphers that may be agreed on. */
  readonly ciphers: readonly Cipher[];
  /** Test vectors only: fixed values instead of random ones. */
  readonly ephemeral?: Ephemeral;
}

/** The secrets of one side, held together so that every exit erases all of them. */
export class HandshakeSecrets {
  readonly nonce: Uint8Array;
  readonly secret: Uint8Array;
  readonly scalar: Uint8Array;
  readonly #passwordSecret: Uint8Array | undefined;
  readonly #kept: Uint8Array[] = [];

  constructor(options: HandshakeOptions) {
    // Not slice(): a Buffer's slice shares its memory, and `erase` would erase the caller's bytes.
    this.nonce = this.keep(new Uint8Array(options.ephemeral?.nonce ?? randomBytes(32)));
    this.secret = this.keep(new Uint8Array(options.ephemeral?.secret ?? x25519Secret()));
    this.scalar = this.keep(new Uint8Array(options.ephemeral?.scalar ?? x25519Secret()));
    this.#passwordSecret =
      options.passwordSecret && this.keep(new Uint8Array(options.passwordSecret));
  }

  /** Registers bytes for `erase`. */
  keep(bytes: Uint8Array): Uint8Array {
    this.#kept.push(bytes);
    return bytes;
  }

  /** CPace's generator; `undefined` in rooms without a password. */
  generator(room: RoomParameters, sid: Uint8Array): Uint8Array | undefined {
    if (this.#passwordSecret === undefined) return undefined;
    return this.keep(cpaceGenerator(this.#passwordSecret, cpaceChannel(room), sid));
  }

  /**
   * CPace's ISK in password rooms, empty in rooms without a password. Throws if a share does not
   * fit the mode.
   */
  sessionKey(
    sid: Uint8Array,
    peer: 'guest' | 'host',
    shares: { readonly guest: Uint8Array; readonly host: Uint8Array },
  ): Uint8Array {
    if (this.#passwordSecret === undefined) {
      if (shares[peer].length !== 0) throw new RangeError('unexpected share, without a password');
      return new Uint8Array(0);
    }
    if (shares[peer].length !== 32) throw new RangeError('missing share in a password room');
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
 * The steps of one side, once each and in order. A throw erases the secrets and ends the handshake.
 */
export abstract class Handshake<
  State extends { readonly at: string },
  Options extends HandshakeOptions = HandshakeOptions,
> {
  protected readonly options: Options;
  protected readonly secrets: HandshakeSecrets;
  #state: State | undefined;

  /**
   * @throws RoomkeyError `RK_ROOM_PASSWORD_REQUIRED` or `RK_ROOM_PASSWORD_UNEXPECTED` if the
   * password does not fit the room; `RK_HANDSHAKE_VERSION` if the room's parameters are not allowed
   */
  constructor(options: Options, first: State) {
    checkOptions(options);
    this.options = options;
    this.secrets = new HandshakeSecrets(options);
    this.#state = first;
  }

  /** Overwrites the secrets and ends the handshake. Idempotent. */
  erase(): void {
    this.#state = undefined;
    this.secrets.erase();
  }

  /** Runs one step in the state `at`. All errors become the one handshake error. */
  protected step<At extends State['at'], T>(
    at: At,
    run: (state: Extract<State, { at: At }>) => { readonly next?: State; readonly result: T },
  ): T {
    const state = this.#state;
    try {
      if (state?.at !== at) throw new RangeError('handshake step out of order');
      const { next, result } = run(state as Extract<State, { at: At }>);
      if (next === undefined) this.erase();
      else this.#state = next;
      return result;
    } catch (error) {
      this.erase();
      throw asHandshakeError(error, this.options.room.mode);
    }
  }
}

/** CPace's channel identifier CI: the room, its host and its password parameters. */
function cpaceChannel(room: RoomParameters): Uint8Array {
  return concat(
    lv(utf8('roomkey/1 cpace')),
    lv(roomId(room)),
    lv(room.host),
    lv(room.salt),
    u32(room.iterations),
  );
}

function checkOptions({ name, room, passwordSecret, ciphers }: HandshakeOptions): void {
  const nameLength = utf8(name).length;
  if (nameLength === 0 || nameLength > MAX_NAME_BYTES || ciphers.length === 0) {
    throw new RangeError('a handshake needs a name of 1 to 32 bytes and a cipher');
  }
  if (!areRoomParametersValid(room)) {
    throw new RoomkeyError(
      'RK_HANDSHAKE_VERSION',
      'This room was made by an incompatible version. Ask its owner to create it again.',
    );
  }
  if (room.mode === 1 && passwordSecret === undefined) {
    throw new RoomkeyError('RK_ROOM_PASSWORD_REQUIRED', 'Enter the room password.');
  }
  if (room.mode === 0 && passwordSecret !== undefined) {
    throw new RoomkeyError(
      'RK_ROOM_PASSWORD_UNEXPECTED',
      'The room has no password, but one was given. Check that it’s the right room.',
    );
  }
}
