import { CORE_VERSION } from '../version.js';
import type { Hello, ProtocolOffer } from '../wire/control.js';

/** The first control message: the protocols that this side speaks. */
export function createHello(protocols: readonly ProtocolOffer[]): Hello {
  const program = { name: 'Roomkey', version: CORE_VERSION };
  return { type: 'hello', program, protocols: [...protocols] };
}
