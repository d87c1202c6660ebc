import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { ChangedPerson } from '../../messages/index.js';
import { Button } from './button.js';
import { Fingerprint } from './fingerprint.js';
import { Name } from './name.js';

/** Which of the identities that were shown a person has compared. */
export interface Comparison {
  /** Undefined while it is not said which of several. */
  readonly compared: string | undefined;
  readonly choose: (fingerprint: string) => void;
}

/** Where only one was shown it is that one. */
export function useComparison({ shown }: ChangedPerson): Comparison {
  const [chosen, choose] = useState<string>();
  return { compared: shown.length === 1 ? shown[0] : chosen, choose };
}

/** What is known of somebody who changed, and what to ask them before they are accepted. */
export function PersonComparison({
  person,
  comparison: { compared, choose },
}: {
  readonly person: ChangedPerson;
  readonly comparison: Comparison;
}) {
  const id = useId();
  const isOne = person.shown.length === 1;
  return (
    <>
      <p>
        Either <Name>{person.name}</Name> has a new account or a new machine, or somebody else is
        posing as them. Ask them in person, or on the telephone, to open Account in Roomkey and read
        their fingerprint to you.
      </p>
      {!isOne && (
        <p>
          Several identities were shown by this name, so at least one is not theirs. Choose the one
          that they read to you.
        </p>
      )}
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
            {isOne ? (
              <Fingerprint value={value} />
            ) : (
              <label>
                <input
                  type="radio"
                  name={id}
                  checked={value === compared}
                  onChange={() => choose(value)}
                />
                <Fingerprint value={value} />
              </label>
            )}
          </dd>
        ))}
      </dl>
    </>
  );
}

/** Accepts what was compared; cannot be pressed before it is said which. */
export function AcceptButton({
  comparison: { compared },
  isBusy,
  onAccept,
  children,
}: {
  readonly comparison: Comparison;
  readonly isBusy: boolean;
  readonly onAccept: (fingerprint: string) => Promise<void>;
  readonly children: ComponentChildren;
}) {
  return (
    <Button
      kind="danger"
      isBusy={isBusy}
      isDisabled={compared === undefined}
      onClick={() => {
        if (compared !== undefined) void onAccept(compared);
      }}
    >
      {children}
    </Button>
  );
}
