import { HandshakeRateLimiter, type HandshakePause } from '../secure/handshake-rate-limiter.js';
import type { CallRoom } from './call-room.js';
import type { CallDependencies, CallRole } from './call-types.js';
import { GuestConnector, type GuestConnectorHandlers } from './guest-connector.js';
import { HostAcceptor, type HostAcceptorHandlers } from './host-acceptor.js';

/** The events of both sides; a call is one of the two. */
export interface SideHandlers extends HostAcceptorHandlers, GuestConnectorHandlers {
  /** Host: joining is paused after wrong passwords. */
  onPause(pause: HandshakePause): void;
}

/** Creates the side of a call that its role says. */
export function createSide(
  role: CallRole,
  room: CallRoom,
  { transport, cipher, clock }: CallDependencies,
  handlers: SideHandlers,
): HostAcceptor | GuestConnector {
  const options = { transport, cipher, room, handlers };
  if (role.kind === 'host') {
    const rateLimiter = new HandshakeRateLimiter({
      now: () => performance.now(),
      onPause: (pause) => handlers.onPause(pause),
    });
    return new HostAcceptor({ ...options, rateLimiter });
  }
  return new GuestConnector({ ...options, locator: role.locator, guesses: role.guesses, clock });
}
