import { useState } from 'preact/hooks';
import type { CallView, ChangedPerson } from '../../messages/index.js';
import { useRequest } from '../context.js';
import { FailureBanner } from '../parts/banner.js';
import { Button } from '../parts/button.js';
import { FullPage } from '../parts/full-page.js';
import { Name } from '../parts/name.js';
import { useJoin } from '../rooms/join.js';
import { AcceptButton, PersonComparison, useComparison } from '../parts/person-comparison.js';

/** A known person's identity changed: the user compares and accepts it, or goes back. */
export function IdentityMismatch({
  person,
  room,
  onBack,
}: {
  readonly person: ChangedPerson;
  readonly room: CallView['room'];
  readonly onBack: () => void;
}) {
  const accept = useRequest('people.accept');
  const join = useJoin();
  const failure = accept.failure ?? join.failure;
  const comparison = useComparison(person);
  const [accepted, setAccepted] = useState<string>();
  const go = async (fingerprint: string): Promise<void> => {
    // Accept once: a retry may only need to join.
    if (fingerprint !== accepted) {
      if ((await accept.run({ name: person.name, fingerprint })) === undefined) return;
      setAccepted(fingerprint);
    }
    await join.run(room);
  };
  return (
    <FullPage
      icon="warning"
      isTrouble
      title={
        <>
          <Name>{person.name}</Name> shows another identity
        </>
      }
      actions={
        <>
          <Button kind="primary" onClick={onBack}>
            Back to the rooms
          </Button>
          <AcceptButton
            comparison={comparison}
            isBusy={accept.isPending || join.isPending}
            onAccept={go}
          >
            It is theirs: accept and join
          </AcceptButton>
        </>
      }
    >
      <FailureBanner failure={failure} />
      <PersonComparison person={person} comparison={comparison} />
      {join.dialog}
    </FullPage>
  );
}
