import type { ListedRoom } from '../../messages/index.js';
import { Icon } from './icon.js';

const words = { same: 'Known', new: 'New', changed: 'Check who this is' } as const;

/** Shows beside an owner's name how the user knows them, in words and, if it matters, in color. */
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
