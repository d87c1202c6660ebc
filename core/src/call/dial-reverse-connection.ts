import type { Transport, TransportAddress } from '../contracts/transport.js';
import { createBindRequest, verifyBindResponse } from '../secure/reverse-connection.js';
import { HandshakeConnection } from '../secure/handshake-connection.js';
import type { SecurityContext } from '../secure/security-context.js';

/** How long binding the reverse connection may take, ms. */
export const BIND_TIMEOUT_MS = 5_000;

/**
 * Dials the guest and binds the reverse connection to the session (`docs/protocol.md`, Connection 2).
 *
 * @param onBound takes over the connection before anything after the guest's response is read
 * @throws if it cannot be bound, for any reason; the connection is then closed
 */
export async function dialReverseConnection(
  security: SecurityContext,
  transport: Transport,
  guest: TransportAddress,
  {
    signal,
    onBound,
  }: { readonly signal: AbortSignal; readonly onBound: (reverse: HandshakeConnection) => void },
): Promise<void> {
  const connection = await transport.dial(guest, { signal });
  try {
    const handshakeConnection = new HandshakeConnection(connection);
    const request = createBindRequest(security);
    connection.send([request]);
    await handshakeConnection.next(
      (answer) => {
        verifyBindResponse(security, request, answer);
        onBound(handshakeConnection);
      },
      { timeoutMs: BIND_TIMEOUT_MS, signal },
    );
  } catch (error) {
    connection.abort();
    throw error;
  }
}
