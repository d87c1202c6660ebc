import type { Transport, TransportAddress } from '../contracts/transport.js';
import { createBindRequest, verifyBindResponse } from '../secure/reverse-connection.js';
import { HandshakeConnection } from '../secure/handshake-connection.js';
import type { SecurityContext } from '../secure/security-context.js';

/** How long connection 2 may take to be attached, ms. */
export const BIND_TIMEOUT_MS = 5_000;

/**
 * Dials the guest and ties the connection to the session (`docs/protocol.md`, Connection 2).
 *
 * @param onBound takes the connection over, before anything behind the guest's answer is read
 * @throws where it cannot be made, whatever the reason; it is ended then
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
