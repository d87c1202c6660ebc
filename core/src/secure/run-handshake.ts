import type { Connection } from '../contracts/transport.js';
import type { HandshakeTicket } from './handshake-rate-limiter.js';
import { MAX_RECORD_BYTES } from './channel.js';
import { HandshakeConnection } from './handshake-connection.js';
import type { GuestHandshake } from './guest-handshake.js';
import { alertFor, encodeAlert } from './handshake-messages.js';
import type { HostConfirmation, HostHandshake } from './host-handshake.js';
import type { SecurityContext } from './security-context.js';

/** Timeout of the first message, ms: the dialing side sends at once. */
export const FIRST_MESSAGE_TIMEOUT_MS = 2_000;
/** Timeout of each further message, ms; 10 s with the first one. */
const MESSAGE_TIMEOUT_MS = 8_000;
/**
 * Delay between the guest's proof and the alert, ms, whatever was wrong: a wrong password, a bad
 * signature and a low-order point take the same time. Ten times the cost of the checks.
 */
const FAILURE_DELAY_MS = 250;

/** A successful handshake. Nothing behind its last message has been read. */
export interface CompletedHandshake {
  readonly security: SecurityContext;
  readonly handshakeConnection: HandshakeConnection;
}

/** A guest's handshake after HostHello. Nothing that depends on the password has been sent. */
export interface StartedHandshake {
  readonly handshakeConnection: HandshakeConnection;
  readonly handshake: GuestHandshake;
  readonly hostHello: Uint8Array;
}

/**
 * The guest's side up to HostHello, on a connection that it dialed. Reveals nothing about the
 * password, so several may run at once. Closes the connection on failure.
 *
 * @throws RoomkeyError `RK_HANDSHAKE_TIMEOUT`, `RK_TRANSPORT_BROKEN`
 */
export async function startGuestHandshake(
  connection: Connection,
  handshake: GuestHandshake,
  signal: AbortSignal,
): Promise<StartedHandshake> {
  const handshakeConnection = new HandshakeConnection(connection);
  try {
    connection.send([handshake.hello()]);
    const f2 = await handshakeConnection.next((message) => new Uint8Array(message), {
      timeoutMs: MESSAGE_TIMEOUT_MS,
      signal,
    });
    return { handshakeConnection, handshake, hostHello: f2 };
  } catch (error) {
    abandonHandshake(connection, handshake);
    throw error;
  }
}

/**
 * The rest of the guest's side. Gives the responder one password guess, so only one may run at a
 * time. Closes the connection on failure.
 *
 * @throws RoomkeyError `RK_HANDSHAKE_FAILED`, `_VERSION`, `_BUSY`, `_TIMEOUT`;
 * `RK_TRANSPORT_BROKEN`
 */
export async function finishGuestHandshake(
  { handshakeConnection, handshake, hostHello: f2 }: StartedHandshake,
  signal: AbortSignal,
): Promise<CompletedHandshake> {
  const { connection } = handshakeConnection;
  try {
    connection.send([handshake.exchange(f2)]);
    const security = await handshakeConnection.next(
      (f4) => {
        const finished = handshake.finish(f4);
        connection.setMaxMessageBytes(MAX_RECORD_BYTES);
        return finished;
      },
      { timeoutMs: MESSAGE_TIMEOUT_MS, signal },
    );
    return { security, handshakeConnection };
  } catch (error) {
    handshake.erase();
    // Not awaited, so that it does not hold up the host's other addresses.
    if (signal.aborted) connection.abort();
    else void rejectConnection(connection, error);
    throw error;
  }
}

/** Ends a handshake that will not continue after HostHello. */
export function abandonHandshake(connection: Connection, handshake: GuestHandshake): void {
  handshake.erase();
  connection.abort();
}

/**
 * The host's side, on an accepted connection. Closes the connection on failure.
 *
 * @param ticket counts a wrong password; the caller releases it
 * @throws RoomkeyError `RK_HANDSHAKE_FAILED` if the guest could not be verified,
 * `RK_HANDSHAKE_BUSY` during a pause after wrong passwords, else `RK_HANDSHAKE_VERSION`, `_TIMEOUT`
 * or `RK_TRANSPORT_BROKEN`
 */
export async function runHostHandshake(
  connection: Connection,
  handshake: HostHandshake,
  ticket: HandshakeTicket,
  signal: AbortSignal,
): Promise<CompletedHandshake> {
  const handshakeConnection = new HandshakeConnection(connection);
  let proofCame: Promise<void> | undefined;
  try {
    await handshakeConnection.next((f1) => connection.send([handshake.reply(f1)]), {
      timeoutMs: FIRST_MESSAGE_TIMEOUT_MS,
      signal,
    });
    const security = await handshakeConnection.next(
      (f3) => {
        proofCame = new Promise((resolve) => setTimeout(resolve, FAILURE_DELAY_MS));
        const confirmed = confirm(handshake, f3, ticket);
        connection.setMaxMessageBytes(MAX_RECORD_BYTES);
        connection.send([confirmed.message]);
        return confirmed.security;
      },
      { timeoutMs: MESSAGE_TIMEOUT_MS, signal },
    );
    return { security, handshakeConnection };
  } catch (error) {
    handshake.erase();
    await proofCame;
    await rejectConnection(connection, error);
    throw error;
  }
}

/**
 * Refuses or counts a password guess at once, so that neither parallel handshakes nor hanging up
 * before the answer gains a free guess.
 */
function confirm(
  handshake: HostHandshake,
  f3: Uint8Array,
  ticket: HandshakeTicket,
): HostConfirmation {
  ticket.requireNoPause();
  try {
    return handshake.confirm(f3);
  } catch (error) {
    // Only a password guess counts: random traffic must not lock the room.
    if (handshake.refusedPassword) ticket.fail();
    throw error;
  }
}

/** Ends a connection whose handshake failed, with the alert for the error. */
export async function rejectConnection(connection: Connection, error: unknown): Promise<void> {
  connection.send([encodeAlert(alertFor(error))]);
  await connection.close();
}
