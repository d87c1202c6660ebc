import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { ChangedPerson } from '../../messages/index.js';
import { Button } from './button.js';
import { Fingerprint } from './fingerprint.js';
import { Name } from './name.js';

/** Which of the shown identities the user has compared. */
export interface Comparison {
  /** Undefined until the user chooses one of several. */
  readonly compared: string | undefined;
  readonly choose: (fingerprint: string) => void;
}

/** A single identity is chosen automatically. */
export function useComparison({ shown }: ChangedPerson): Comparison {
  const [chosen, choose] = useState<string>();
  return { compared: shown.length === 1 ? shown[0] : chosen, choose };
}

/** Shows a changed person's identities, and what to ask before accepting one. */
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
        Either <Name>{person.name}</Name> has a new account or a new machine, or someone else is
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

/** Accepts the compared identity; disabled until one is chosen. */
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
