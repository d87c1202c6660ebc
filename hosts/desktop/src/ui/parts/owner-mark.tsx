import type { ListedRoom } from '../../messages/index.js';
import { Icon } from './icon.js';

const words = { same: 'Known', new: 'New', changed: 'Check who this is' } as const;

/** What a room's owner is to whoever looks, beside their name: in words, and in a colour where it matters. */
export function OwnerMark({ known }: Pick<ListedRoom, 'known'>) {
  if (known === undefined) return null;
  return (
    <span class={`owner-mark ${known}`}>
      <span class="unseen">, </span>
      {known === 'changed' && <Icon name="warning" size={14} />}
      {words[known]}
    </span>
  );
}
