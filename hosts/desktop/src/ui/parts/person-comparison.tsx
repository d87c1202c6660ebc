import type { ChangedPerson } from '../../messages/index.js';
import { Fingerprint } from './fingerprint.js';
import { Name } from './name.js';

/** What is known of somebody who changed, and what to ask them before they are accepted. */
export function PersonComparison({ person }: { readonly person: ChangedPerson }) {
  return (
    <>
      <p>
        Either <Name>{person.name}</Name> has a new account or a new machine, or somebody else is
        posing as them. Ask them in person, or on the telephone, to open Account in Roomkey and read
        their fingerprint to you.
      </p>
      <dl class="compare">
        <dt>Until now</dt>
        {person.known.map((value) => (
          <dd key={value}>
            <Fingerprint value={value} />
          </dd>
        ))}
        <dt>Shown now</dt>
        {person.shown.map((value) => (
          <dd key={value} class="shown">
            <Fingerprint value={value} />
          </dd>
        ))}
      </dl>
      {person.shown.length > 1 && (
        <p>
          Several identities were shown by this name, so at least one is not theirs. Find out which
          one is, and accept it with <code>roomkey people accept</code>.
        </p>
      )}
    </>
  );
}
