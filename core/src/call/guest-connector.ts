import type { Cipher } from '../contracts/cipher.js';
import type { Connection, Listener, Transport, TransportAddress } from '../contracts/transport.js';
import { HandshakeConnection } from '../secure/handshake-connection.js';
import { GuestHandshake } from '../secure/guest-handshake.js';
import {
  FIRST_MESSAGE_TIMEOUT_MS,
  startGuestHandshake,
  abandonHandshake,
  finishGuestHandshake,
  type StartedHandshake,
  type CompletedHandshake,
} from '../secure/run-handshake.js';
import type { Clock } from '../util/clock.js';
import type { CallRoom } from './call-room.js';
import { DialRace, type Discardable } from './dial-race.js';
import type { GuessLimit } from './guess-limit.js';
import { HostAnswers, isRefusal } from './host-answers.js';
import { tooManyGuessesError } from './notices.js';

/** The number of reverse connections that may wait for their handshake. */
const MAX_PENDING_REVERSE_CONNECTIONS = 4;

/** Pauses between rounds, ms; the last one repeats. A change of the room ends a pause. */
const RETRY_PAUSES_MS = [250, 500, 1_000, 2_000] as const;

/** How often new addresses are looked up while the known ones are tried, ms. */
const ADDRESS_POLL_MS = 2_000;

/** Looks up the addresses of the host. */
export interface HostLocator {
  /** The addresses to try, most likely first; empty if the room is not open. */
  addresses(signal: AbortSignal): Promise<readonly TransportAddress[]>;
  /** Queries the hosts on the network; their answers end `waitForChange`. */
  refresh(): void;
  /** Resolves when the room may have opened or moved, or when the pause is over. */
  waitForChange(pauseMs: number, signal: AbortSignal): Promise<void>;
}

/** The events of a guest connector. */
export interface GuestConnectorHandlers {
  /** A peer answers at an address; the handshake begins. */
  onReached(address: TransportAddress): void;
  /** An attempt at an address failed. */
  onDialFailed(error: unknown): void;
  /** All addresses failed; the next round follows after a pause. */
  onRetry(): void;
  /** Peers could guess at the password several times without proving that they know it. */
  onPasswordGuessed(): void;
  /** A reverse connection arrived. Throws if it does not belong to the current session. */
  onReverseConnection(handshakeConnection: HandshakeConnection, request: Uint8Array): Promise<void>;
}

/** A peer that answered at one of the host's addresses, with the handshake up to its HostHello. */
interface ReachedHost extends StartedHandshake, Discardable {
  readonly address: TransportAddress;
}

/** Finds the host, connects to it, and accepts the reverse connection. */
export class GuestConnector {
  readonly #transport: Transport;
  readonly #cipher: Cipher;
  readonly #room: CallRoom;
  readonly #locator: HostLocator;
  readonly #guesses: GuessLimit;
  readonly #clock: Clock;
  readonly #handlers: GuestConnectorHandlers;
  readonly #stop = new AbortController();
  #listener: Listener | undefined;
  #pendingReverseConnections = 0;
  #hasUnreportedGuess = false;

  constructor(options: {
    readonly transport: Transport;
    readonly cipher: Cipher;
    readonly room: CallRoom;
    readonly locator: HostLocator;
    readonly guesses: GuessLimit;
    readonly clock: Clock;
    readonly handlers: GuestConnectorHandlers;
  }) {
    this.#transport = options.transport;
    this.#cipher = options.cipher;
    this.#room = options.room;
    this.#locator = options.locator;
    this.#guesses = options.guesses;
    this.#clock = options.clock;
    this.#handlers = options.handlers;
  }

  /** Listens for the reverse connection. */
  async open(signal: AbortSignal): Promise<void> {
    const onConnection = (connection: Connection): void => void this.#receive(connection);
    this.#listener = await this.#transport.listen({ onConnection, signal });
  }

  /** Stops listening and connecting. Idempotent. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#listener?.close();
  }

  /**
   * Looks for the host until a handshake with it succeeds. Its addresses race up to HostHello, which
   * reveals nothing. From GuestFinish on there is one handshake at a time, because each lets the peer
   * guess at the password once.
   *
   * @throws RoomkeyError `RK_HANDSHAKE_FAILED`, `_VERSION` or `_BUSY` if the host refuses;
   * `RK_PASSWORD_GUESSED` if others guessed too often; the reason of the abort after `close()`
   */
  async connect(): Promise<CompletedHandshake> {
    const { signal } = this.#stop;
    const answers = new HostAnswers(this.#clock);
    for (let attempt = 0; ; attempt += 1) {
      const negotiated = await this.#tryAddresses(answers);
      if (negotiated !== undefined) return negotiated;
      const answer = answers.endRound();
      if (answer !== undefined) throw answer;
      let pauseMs: number = RETRY_PAUSES_MS[attempt] ?? 2_000;
      if (answers.isRefused) {
        // The state does not change: the refusal is final unless the host appears at a new address.
        pauseMs = Math.min(pauseMs, answers.waitMs);
        this.#locator.refresh();
      } else this.#handlers.onRetry();
      await this.#locator.waitForChange(pauseMs, signal);
    }
  }

  /** Tries each address once, including those found meanwhile. */
  async #tryAddresses(answers: HostAnswers): Promise<CompletedHandshake | undefined> {
    const over = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, over.signal]);
    answers.beginRound();
    const onFailed = (address: TransportAddress, error: unknown, gaveGuess = false): void => {
      answers.add(address, error, gaveGuess);
      this.#handlers.onDialFailed(error);
    };
    const race = new DialRace<ReachedHost>({
      transport: this.#transport,
      addresses: answers.untried(await this.#locator.addresses(signal)),
      startHandshake: (connection, address, stop) =>
        this.#startHandshake(connection, address, stop),
      onAttemptFailed: (address, error) => onFailed(address, error),
      signal,
      clock: this.#clock,
    });
    // An error occurs again, and is reported, in the next round.
    this.#updateAddresses(race, answers, signal).catch(() => undefined);
    try {
      while (!race.isEmpty && !answers.isComplete) {
        if (this.#guesses.isExhausted) throw tooManyGuessesError(this.#room.owner);
        await this.#guesses.waitForPause(signal);
        const reached = await race.next(answers.raceTiming);
        if (reached === undefined) break;
        try {
          return await this.#finishHandshake(reached);
        } catch (error) {
          signal.throwIfAborted();
          onFailed(reached.address, error, reached.handshake.gaveGuess);
        }
      }
      return undefined;
    } finally {
      over.abort();
    }
  }

  /** Until the signal: the host may appear at a new address while old ones are dialed. */
  async #updateAddresses(
    race: DialRace<ReachedHost>,
    answers: HostAnswers,
    signal: AbortSignal,
  ): Promise<void> {
    for (;;) {
      await this.#locator.waitForChange(ADDRESS_POLL_MS, signal);
      const addresses = await this.#locator.addresses(signal);
      signal.throwIfAborted();
      race.setAddresses(answers.untried(addresses));
    }
  }

  /** Up to HostHello. */
  async #startHandshake(
    connection: Connection,
    address: TransportAddress,
    signal: AbortSignal,
  ): Promise<ReachedHost> {
    this.#handlers.onReached(address);
    const { account, parameters, passwordSecret } = this.#room;
    const handshake = new GuestHandshake({
      identity: account.identity,
      name: account.name,
      room: parameters,
      ...(passwordSecret && { passwordSecret }),
      listenPort: this.#listener?.port ?? 0,
      ciphers: [this.#cipher],
    });
    const greeted = await startGuestHandshake(connection, handshake, signal);
    return { ...greeted, address, discard: () => abandonHandshake(connection, handshake) };
  }

  /** From GuestFinish on. */
  async #finishHandshake(reached: ReachedHost): Promise<CompletedHandshake> {
    this.#handlers.onReached(reached.address);
    const { handshake } = reached;
    try {
      const negotiated = await finishGuestHandshake(reached, this.#stop.signal);
      // The peers that called this password wrong did not know it.
      this.#notifyOfGuesses();
      return negotiated;
    } catch (error) {
      if (handshake.gaveGuess) {
        this.#guesses.add();
        this.#hasUnreportedGuess = true;
      }
      if (!isRefusal(error)) this.#notifyOfGuesses();
      throw error;
    }
  }

  /** Only when it is clear that the user did not mistype the password. */
  #notifyOfGuesses(): void {
    if (this.#hasUnreportedGuess && this.#guesses.isSuspicious) this.#handlers.onPasswordGuessed();
    this.#hasUnreportedGuess = false;
  }

  async #receive(connection: Connection): Promise<void> {
    if (this.#pendingReverseConnections >= MAX_PENDING_REVERSE_CONNECTIONS) {
      connection.abort();
      return;
    }
    this.#pendingReverseConnections += 1;
    try {
      const handshakeConnection = new HandshakeConnection(connection);
      const request = await handshakeConnection.next((message) => new Uint8Array(message), {
        timeoutMs: FIRST_MESSAGE_TIMEOUT_MS,
        signal: this.#stop.signal,
      });
      await this.#handlers.onReverseConnection(handshakeConnection, request);
    } catch {
      // Not the host, or too late: the peer learns nothing.
      connection.abort();
    } finally {
      this.#pendingReverseConnections -= 1;
    }
  }
}
