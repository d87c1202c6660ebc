import type { CallView } from '../../messages/index.js';
import { Name } from '../parts/name.js';

/** How the partner gets here, for the owner who waits. */
export function Invitation({ room }: { readonly room: CallView['room'] }) {
  return (
    // In a small window it scrolls, which needs the focus where there is no mouse.
    <section class="side-card" aria-labelledby="invitation" tabIndex={0}>
      <h2 id="invitation">How your partner gets here</h2>
      <ol class="points muted">
        <li>Open Roomkey on the other machine, in the same network.</li>
        <li>
          Choose “<Name>{room.name}</Name>”, which is marked live, and join.
        </li>
        {room.password && <li>Type the password that you told them.</li>}
      </ol>
    </section>
  );
}
