import type { Connection } from '../contracts/transport.js';
import type { HandshakeTicket } from './handshake-rate-limiter.js';
import { MAX_RECORD_BYTES } from './channel.js';
import { HandshakeConnection } from './handshake-connection.js';
import type { GuestHandshake } from './guest-handshake.js';
import { alertFor, encodeAlert } from './handshake-messages.js';
import type { HostConfirmation, HostHandshake } from './host-handshake.js';
import type { Session } from './session.js';

/** How long the first message may take, ms: who dials speaks at once. */
export const FIRST_MESSAGE_TIMEOUT_MS = 2_000;
/** How long each further message may take; with the first one, the 10 s of the handshake. */
const MESSAGE_TIMEOUT_MS = 8_000;
/**
 * The alert goes out this long after the guest's proof came, whatever was wrong with it: a wrong
 * password, a bad signature and a low-order point take the same. Ten times what the checks cost.
 */
const FAILURE_DELAY_MS = 250;

/** A handshake that succeeded. Nothing behind its last message has been read yet. */
export interface CompletedHandshake {
  readonly session: Session;
  readonly handshakeConnection: HandshakeConnection;
}

/** A host that has answered: F2 came, and nothing that depends on the password went out. */
export interface StartedHandshake {
  readonly handshakeConnection: HandshakeConnection;
  readonly handshake: GuestHandshake;
  readonly hostHello: Uint8Array;
}

/**
 * The guest's side of the handshake up to F2, on a connection that it dialled. It gives away nothing
 * about the password, so it may run for several connections at once. Ends the connection where it
 * fails.
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
 * The rest of the guest's side. It gives whoever answered one guess at the password, so it is not to
 * run twice at once. Ends the connection where it fails.
 *
 * @throws RoomkeyError `RK_HANDSHAKE_FAILED`, `_VERSION`, `_BUSY`, `_TIMEOUT`; `RK_TRANSPORT_BROKEN`
 */
export async function finishGuestHandshake(
  { handshakeConnection, handshake, hostHello: f2 }: StartedHandshake,
  signal: AbortSignal,
): Promise<CompletedHandshake> {
  const { connection } = handshakeConnection;
  try {
    connection.send([handshake.exchange(f2)]);
    const session = await handshakeConnection.next(
      (f4) => {
        const finished = handshake.finish(f4);
        connection.setMaxMessageBytes(MAX_RECORD_BYTES);
        return finished;
      },
      { timeoutMs: MESSAGE_TIMEOUT_MS, signal },
    );
    return { session, handshakeConnection };
  } catch (error) {
    handshake.erase();
    // Not waited for: it must not hold up the other addresses of the host.
    if (signal.aborted) connection.abort();
    else void rejectConnection(connection, error);
    throw error;
  }
}

/** Ends a handshake that goes no further than F2. */
export function abandonHandshake(connection: Connection, handshake: GuestHandshake): void {
  handshake.erase();
  connection.abort();
}

/**
 * The host's side of the handshake on a connection that came in; ends the connection where it fails.
 *
 * @param ticket counts a wrong password; the caller releases it
 * @throws RoomkeyError `RK_HANDSHAKE_FAILED` where the guest could not prove that it may come in,
 * `RK_HANDSHAKE_BUSY` where passwords must not be tested at the moment, else `RK_HANDSHAKE_VERSION`,
 * `_TIMEOUT` or `RK_TRANSPORT_BROKEN`
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
    const session = await handshakeConnection.next(
      (f3) => {
        proofCame = new Promise((resolve) => setTimeout(resolve, FAILURE_DELAY_MS));
        const confirmed = confirm(handshake, f3, ticket);
        connection.setMaxMessageBytes(MAX_RECORD_BYTES);
        connection.send([confirmed.message]);
        return confirmed.session;
      },
      { timeoutMs: MESSAGE_TIMEOUT_MS, signal },
    );
    return { session, handshakeConnection };
  } catch (error) {
    handshake.erase();
    await proofCame;
    await rejectConnection(connection, error);
    throw error;
  }
}

/**
 * A guess at the password is refused or counted here, at once: one who has many handshakes under way,
 * or who hangs up before the answer, gains no guess by that.
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
    // Only a guess at the password counts: nonsense from the network must not close the door.
    if (handshake.refusedPassword) ticket.fail();
    throw error;
  }
}

/** Ends a connection whose handshake failed, with the alert that belongs to the error. */
export async function rejectConnection(connection: Connection, error: unknown): Promise<void> {
  connection.send([encodeAlert(alertFor(error))]);
  await connection.close();
}
