import type { PersonView } from '../../messages/index.js';
import { Fingerprint } from '../parts/fingerprint.js';
import { Icon } from '../parts/icon.js';
import { Name } from '../parts/name.js';

/**
 * Whether a person was met before, with the warnings about a new one.
 *
 * @param met the words for someone who was
 */
export function PersonMarks({
  person: { known, notes },
  met,
}: {
  readonly person: PersonView;
  readonly met: string;
}) {
  const isKnown = known === 'same';
  return (
    <>
      <p class={isKnown ? 'badge known' : 'badge'}>
        <Icon name={isKnown ? 'check' : 'account'} size={16} />
        {isKnown ? met : 'New on this computer'}
      </p>
      {notes?.map((note) => (
        <p key={note} class="trust-note">
          <Icon name="warning" size={16} /> {note}
        </p>
      ))}
    </>
  );
}

/** A person's fingerprint, on request. */
export function FingerprintDetails({
  person: { name, fingerprint },
}: {
  readonly person: PersonView;
}) {
  return (
    <details>
      <summary>
        <Name>{name}</Name>’s fingerprint
      </summary>
      <p class="muted small">
        <Name>{name}</Name> finds the same under Account.
      </p>
      <Fingerprint value={fingerprint} />
    </details>
  );
}
