import type { ChangedPerson } from '../../messages/index.js';
import { useRequest } from '../context.js';
import type { Notice } from '../state.js';
import { FailureBanner } from './banner.js';
import { Button } from './button.js';
import { Dialog } from './dialog.js';
import { Name } from './name.js';
import { AcceptButton, PersonComparison, useComparison } from './person-comparison.js';

/** Accepts a changed identity after the user compared it. */
export function AcceptPersonDialog({
  person,
  action,
  note,
  notice,
  onClose,
  onAccepted,
}: {
  readonly person: ChangedPerson;
  /** Label of the accepting button. */
  readonly action: string;
  /** The consequence. */
  readonly note?: string;
  /** The notice that it was opened from. */
  readonly notice?: Notice;
  readonly onClose: () => void;
  readonly onAccepted: () => void;
}) {
  const { isPending, failure, run } = useRequest('people.accept');
  const comparison = useComparison(person);
  const accept = async (fingerprint: string): Promise<void> => {
    if ((await run({ name: person.name, fingerprint })) !== undefined) onAccepted();
  };
  return (
    <Dialog
      title={
        <>
          <Name>{person.name}</Name> shows another identity
        </>
      }
      size="wide"
      {...(notice && { about: notice })}
      onClose={onClose}
      footer={
        <>
          <AcceptButton comparison={comparison} isBusy={isPending} onAccept={accept}>
            {action}
          </AcceptButton>
          <Button kind="primary" onClick={onClose}>
            Not now
          </Button>
        </>
      }
    >
      <FailureBanner failure={failure} />
      <PersonComparison person={person} comparison={comparison} />
      {note !== undefined && <p class="muted small">{note}</p>}
    </Dialog>
  );
}
