import type { Transport, TransportAddress } from '../contracts/transport.js';
import { createAttach, verifyAttachOk } from '../secure/attach.js';
import { Conversation } from '../secure/conversation.js';
import type { Session } from '../secure/session.js';

/** How long connection 2 may take to be attached, ms. */
export const ATTACH_TIMEOUT_MS = 5_000;

/**
 * Dials the guest and ties the connection to the session (`docs/protocol.md`, Connection 2).
 *
 * @param onAttached takes the connection over, before anything behind the guest's answer is read
 * @throws where it cannot be made, whatever the reason; it is ended then
 */
export async function connectBack(
  session: Session,
  transport: Transport,
  guest: TransportAddress,
  {
    signal,
    onAttached,
  }: { readonly signal: AbortSignal; readonly onAttached: (attached: Conversation) => void },
): Promise<void> {
  const connection = await transport.dial(guest, { signal });
  try {
    const conversation = new Conversation(connection);
    const request = createAttach(session);
    connection.send([request]);
    await conversation.next(
      (answer) => {
        verifyAttachOk(session, request, answer);
        onAttached(conversation);
      },
      { timeoutMs: ATTACH_TIMEOUT_MS, signal },
    );
  } catch (error) {
    connection.abort();
    throw error;
  }
}
