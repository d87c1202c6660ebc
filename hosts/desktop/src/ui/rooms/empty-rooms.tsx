import { Button } from '../parts/button.js';
import { Icon } from '../parts/icon.js';

/** Shown without any rooms: how to create one. */
export function EmptyRooms({ onCreate }: { readonly onCreate: () => void }) {
  return (
    <div class="empty">
      <span class="emblem">
        <Icon name="door" size={28} />
      </span>
      <h2 tabIndex={-1} data-first-focus>
        No rooms yet
      </h2>
      <p class="muted">
        Create one here and join it. On the other machine, in the same network, open Roomkey: the
        room appears there by itself within a few seconds.
      </p>
      <Button kind="primary" icon="plus" onClick={onCreate}>
        Create room
      </Button>
      <p class="muted small">
        Is a room open on the other machine and not seen here? Check that both are on the same
        network, and that no VPN or firewall stands between them.
      </p>
    </div>
  );
}
