import type { CallView } from '../../messages/index.js';
import { Name } from '../parts/name.js';

/** Tells a waiting owner how the partner joins. */
export function Invitation({ room }: { readonly room: CallView['room'] }) {
  return (
    // Focusable, so that the keyboard can scroll it in small windows.
    <section class="side-card" aria-labelledby="invitation" tabIndex={0}>
      <h2 id="invitation">How your partner gets here</h2>
      <ol class="points muted">
        <li>Open Roomkey on the other machine, in the same network.</li>
        <li>
          Choose “<Name>{room.name}</Name>”, which is marked “Open”, and join.
        </li>
        {room.password && <li>Type the password that you told them.</li>}
      </ol>
    </section>
  );
}
