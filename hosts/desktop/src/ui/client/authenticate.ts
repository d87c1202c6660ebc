import { randomKeyText, type ProofExchange, type PageKey } from '../../messages/page-key.js';

/**
 * Has both ends of a WebSocket prove that they have the same key; see `Port`. Nothing else is sent,
 * and nothing that comes is used.
 *
 * @returns what the key was proved in; undefined where the other end is not the app. Stays pending
 * where the socket closes before.
 */
export async function authenticate(
  socket: WebSocket,
  key: PageKey,
): Promise<ProofExchange | undefined> {
  const page = randomKeyText();
  await new Promise((resolve) => (socket.onopen = resolve));
  socket.send(JSON.stringify({ key: key.id, nonce: page }));
  const app = await nextValue(socket, 'nonce');
  if (app === undefined) return undefined;
  const exchange = { page, app, host: location.host };
  socket.send(JSON.stringify({ proof: await key.prove('page', exchange) }));
  const proof = await nextValue(socket, 'proof');
  if (proof === undefined || !(await key.verifyProof('app', exchange, proof))) return undefined;
  return exchange;
}

/** The one text of this name in the next message; undefined where something else comes. */
function nextValue(socket: WebSocket, name: 'nonce' | 'proof'): Promise<string | undefined> {
  return new Promise((resolve) => {
    socket.onmessage = ({ data }: MessageEvent<unknown>) => resolve(valueOf(data, name));
  });
}

function valueOf(data: unknown, name: string): string | undefined {
  try {
    const value = (JSON.parse(data as string) as Record<string, unknown> | null)?.[name];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
