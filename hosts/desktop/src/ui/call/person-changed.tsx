import type { CallView, ChangedPerson } from '../../messages/index.js';
import { useRequest } from '../context.js';
import { Banner } from '../parts/banner.js';
import { Button } from '../parts/button.js';
import { FullPage } from '../parts/full-page.js';
import { Name } from '../parts/name.js';
import { PersonComparison } from '../parts/person-comparison.js';

/** A known name shows another identity: to be accepted by a person who compared, or left alone. */
export function PersonChanged({
  person,
  room,
  onBack,
}: {
  readonly person: ChangedPerson;
  readonly room: CallView['room'];
  readonly onBack: () => void;
}) {
  const accept = useRequest('people.accept');
  const join = useRequest('call.join');
  const failure = accept.failure ?? join.failure;
  const go = async (): Promise<void> => {
    if ((await accept.run({ name: person.name })) !== undefined) await join.run({ id: room.id });
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
          {person.shown.length === 1 && (
            <Button
              kind="danger"
              isBusy={accept.isPending || join.isPending}
              onClick={() => void go()}
            >
              It is theirs: accept and join
            </Button>
          )}
        </>
      }
    >
      {failure !== undefined && <Banner kind="error">{failure.message}</Banner>}
      <PersonComparison person={person} />
    </FullPage>
  );
}
