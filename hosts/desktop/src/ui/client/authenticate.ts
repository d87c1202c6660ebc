import { randomKeyText, type ProofExchange, type PageKey } from '../../messages/page-key.js';

/**
 * Proves the key to the app and checks the app's proof; see `Port`. Sends nothing else, and uses
 * nothing that arrives.
 *
 * @returns the exchange in which the key was proved; undefined if the other end is not the app.
 * Stays pending if the socket closes first.
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

/** Returns the next message's field `name`; undefined for anything else. */
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
