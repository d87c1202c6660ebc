import { HandshakeRateLimiter, type HandshakePause } from '../secure/handshake-rate-limiter.js';
import type { CallRoom } from './call-room.js';
import type { CallDependencies, CallRole } from './call-types.js';
import { GuestSide, type GuestSideHandlers } from './guest-side.js';
import { HostSide, type HostSideHandlers } from './host-side.js';

/** What either side tells; a call is one of the two. */
export interface SideHandlers extends HostSideHandlers, GuestSideHandlers {
  /** Host: somebody goes on trying passwords. */
  onPause(pause: HandshakePause): void;
}

/** The host's side of a call, or the guest's. */
export function createSide(
  role: CallRole,
  room: CallRoom,
  { transport, cipher, clock }: CallDependencies,
  handlers: SideHandlers,
): HostSide | GuestSide {
  const options = { transport, cipher, room, handlers };
  if (role.kind === 'host') {
    const rateLimiter = new HandshakeRateLimiter({
      now: () => performance.now(),
      onPause: (pause) => handlers.onPause(pause),
    });
    return new HostSide({ ...options, rateLimiter });
  }
  return new GuestSide({ ...options, directory: role.directory, guesses: role.guesses, clock });
}
