import type { Cipher } from '../contracts/cipher.js';
import type { Connection, Listener, Transport, TransportAddress } from '../contracts/transport.js';
import { hasCode } from '../errors/index.js';
import { Conversation } from '../secure/conversation.js';
import { GuestHandshake } from '../secure/guest-handshake.js';
import {
  FIRST_MESSAGE_TIMEOUT_MS,
  negotiateAsGuest,
  type Negotiated,
} from '../secure/negotiate.js';
import type { CallRoom } from './call-room.js';
import type { GuessLimit } from './guess-limit.js';
import { guessedTooOften } from './notices.js';

/** How many connections may wait for the handshake that they belong to. */
const MAX_PENDING_ATTACHES = 4;

/** Pauses between two attempts, ms; the last one stays. A change of the room ends a pause. */
const RETRY_PAUSES_MS = [250, 500, 1_000, 2_000] as const;

/** How often a host that says "busy" is asked, before that is taken for an answer. */
const BUSY_ATTEMPTS = 3;

/**
 * Where several addresses claim to be the host, some may be somebody else's, and no answer is taken
 * for the host's before this, ms: long enough for every host in reach to be asked where it is, and
 * to answer (50 ms, `docs/protocol.md`, Query).
 */
const HOST_WAIT_MS = 1_500;

/**
 * After so many addresses that said no, no other is asked: a host with many addresses would count a
 * mistyped password for each of them, and pauses at the fifth.
 */
const MAX_REFUSALS = 4;

/** Where the host may be found. */
export interface HostDirectory {
  /** The addresses to try, the likeliest first; empty where the room is not live. */
  addresses(signal: AbortSignal): Promise<readonly TransportAddress[]>;
  /** Asks hosts in reach to say where they are; `changed` tells of it. */
  refresh(): void;
  /** Resolves when the room may have become live or moved, or the pause is over. */
  changed(pauseMs: number, signal: AbortSignal): Promise<void>;
}

/** What the guest's side tells. */
export interface GuestSideHandlers {
  /** An address is tried. */
  onDial(address: TransportAddress): void;
  /** It did not work there. */
  onDialFailed(error: unknown): void;
  /** It worked nowhere; another attempt follows after a pause. */
  onSearch(): void;
  /** Somebody has had several guesses at the password, and did not show that they know it. */
  onGuessed(): void;
  /** The host dialled back. Throws where that does not belong to the session of the moment. */
  onAttach(conversation: Conversation, request: Uint8Array): Promise<void>;
}

/** Finds the host, connects to it, and takes the connection that it dials back. */
export class GuestSide {
  readonly #transport: Transport;
  readonly #cipher: Cipher;
  readonly #room: CallRoom;
  readonly #capabilities: number;
  readonly #directory: HostDirectory;
  readonly #guesses: GuessLimit;
  readonly #handlers: GuestSideHandlers;
  readonly #stop = new AbortController();
  #listener: Listener | undefined;
  #pendingAttaches = 0;
  #hasUntoldGuess = false;

  constructor(options: {
    readonly transport: Transport;
    readonly cipher: Cipher;
    readonly room: CallRoom;
    readonly capabilities: number;
    readonly directory: HostDirectory;
    readonly guesses: GuessLimit;
    readonly handlers: GuestSideHandlers;
  }) {
    this.#transport = options.transport;
    this.#cipher = options.cipher;
    this.#room = options.room;
    this.#capabilities = options.capabilities;
    this.#directory = options.directory;
    this.#guesses = options.guesses;
    this.#handlers = options.handlers;
  }

  /** Begins to listen for the connection that the host dials back. */
  async open(signal: AbortSignal): Promise<void> {
    const onConnection = (connection: Connection): void => void this.#receive(connection);
    this.#listener = await this.#transport.listen({ onConnection, signal });
  }

  /** Stops everything; can be called twice. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#listener?.close();
  }

  /**
   * Looks for the host until a handshake with it succeeds. An address that says no is not asked
   * again: each handshake gives whoever is there a guess at the password.
   *
   * @throws RoomkeyError `RK_HANDSHAKE_FAILED`, `_VERSION` or `_BUSY` where the host says no;
   * `RK_PASSWORD_GUESSED` where others had too many guesses; the reason of the abort after `close()`
   */
  async connect(): Promise<Negotiated> {
    const { signal } = this.#stop;
    const began = performance.now();
    const refusals = new Map<string, unknown>();
    let busy = 0;
    for (let attempt = 0; ; attempt += 1) {
      const addresses = await this.#directory.addresses(signal);
      let answer: unknown;
      for (const address of addresses) {
        const key = `${address.host} ${address.port}`;
        let error = refusals.get(key);
        if (error === undefined && refusals.size < MAX_REFUSALS) {
          if (this.#guesses.isSpent) throw guessedTooOften(this.#room.owner);
          try {
            const negotiated = await this.#dial(address);
            // Who said before that the password is wrong did not know it.
            this.#tellOfGuesses();
            return negotiated;
          } catch (thrown) {
            signal.throwIfAborted();
            this.#handlers.onDialFailed(thrown);
            if (isRefusal(thrown)) refusals.set(key, thrown);
            else this.#tellOfGuesses();
            error = thrown;
          }
        }
        answer ??= error;
      }
      // Only the likeliest address counts: anybody can repeat a beacon and answer with nonsense.
      if (hasCode(answer, 'RK_HANDSHAKE_BUSY')) busy += 1;
      const patienceMs = HOST_WAIT_MS - (performance.now() - began);
      const isHosts = addresses.length === 1 || refusals.size >= MAX_REFUSALS || patienceMs <= 0;
      if (isHosts && (isRefusal(answer) || busy >= BUSY_ATTEMPTS)) throw answer;
      let pauseMs: number = RETRY_PAUSES_MS[attempt] ?? 2_000;
      if (isRefusal(answer)) {
        // What the person reads stays: it is the answer, unless the host turns up elsewhere.
        pauseMs = Math.min(pauseMs, patienceMs);
        this.#directory.refresh();
      } else this.#handlers.onSearch();
      await this.#directory.changed(pauseMs, signal);
    }
  }

  async #dial(address: TransportAddress): Promise<Negotiated> {
    const { signal } = this.#stop;
    await this.#guesses.pause(signal);
    this.#handlers.onDial(address);
    const connection = await this.#transport.dial(address, { signal });
    const { account, parameters, passwordSecret } = this.#room;
    const handshake = new GuestHandshake({
      identity: account.identity,
      name: account.name,
      room: parameters,
      ...(passwordSecret && { passwordSecret }),
      listenPort: this.#listener?.port ?? 0,
      capabilities: this.#capabilities,
      ciphers: [this.#cipher],
    });
    try {
      return await negotiateAsGuest(connection, handshake, signal);
    } finally {
      if (handshake.gaveGuess) {
        this.#guesses.add();
        this.#hasUntoldGuess = true;
      }
    }
  }

  /** Not while the answer may be that the person mistyped the password. */
  #tellOfGuesses(): void {
    if (this.#hasUntoldGuess && this.#guesses.isSuspicious) this.#handlers.onGuessed();
    this.#hasUntoldGuess = false;
  }

  async #receive(connection: Connection): Promise<void> {
    if (this.#pendingAttaches >= MAX_PENDING_ATTACHES) {
      connection.abort();
      return;
    }
    this.#pendingAttaches += 1;
    try {
      const conversation = new Conversation(connection);
      const request = await conversation.next((message) => new Uint8Array(message), {
        timeoutMs: FIRST_MESSAGE_TIMEOUT_MS,
        signal: this.#stop.signal,
      });
      await this.#handlers.onAttach(conversation, request);
    } catch {
      // Not the host, or too late: whoever it was learns nothing.
      connection.abort();
    } finally {
      this.#pendingAttaches -= 1;
    }
  }
}

/** Whether it is an answer that another try would not change. */
function isRefusal(error: unknown): boolean {
  return hasCode(error, 'RK_HANDSHAKE_FAILED') || hasCode(error, 'RK_HANDSHAKE_VERSION');
}
