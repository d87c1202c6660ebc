import { useId } from 'preact/hooks';
import type { KnockView } from '../../messages/index.js';
import { useRequest, useUi } from '../context.js';
import { FailureBanner } from '../parts/banner.js';
import { Button } from '../parts/button.js';
import { Name } from '../parts/name.js';
import { isLost } from '../state.js';
import { usePressGuard } from './press-guard.js';
import { PersonMarks, FingerprintDetails } from './person.js';

/** Asks the owner of a room about the guest who has waited longest; the others are counted. */
export function KnockCard() {
  const { state } = useUi();
  const [knock, ...others] = state.call?.knocks ?? [];
  if (knock === undefined) return null;
  // One element for all guests, so that the focus stays where it is.
  return <Card knock={knock} others={others.length} isInert={isLost(state)} />;
}

function Card({
  knock,
  others,
  isInert,
}: {
  readonly knock: KnockView;
  readonly others: number;
  readonly isInert: boolean;
}) {
  const { id, name } = knock;
  const title = useId();
  const letIn = useRequest('call.letIn');
  const decline = useRequest('call.decline');
  const guard = usePressGuard(id);
  const isPending = letIn.isPending || decline.isPending;
  const press = (request: typeof letIn | typeof decline): void => {
    if (guard.isMeant()) void request.run({ id });
  };
  return (
    // Focusable for `useKnockFocus`.
    <section
      class="knock"
      aria-labelledby={title}
      tabIndex={-1}
      inert={isInert}
      onKeyDown={guard.onPress}
      onPointerDown={guard.onPress}
    >
      <div class="knock-person">
        <div class="knock-title">
          <h2 id={title}>
            <Name>{name}</Name> wants to join
          </h2>
          {others > 0 && <p class="muted small">and {others} more</p>}
        </div>
        <PersonMarks person={knock} met="Met before" />
        <FingerprintDetails key={id} person={knock} />
      </div>
      <div class="actions">
        <Button
          kind="primary"
          isBusy={letIn.isPending}
          isPaused={guard.isPaused || isPending}
          onClick={() => press(letIn)}
        >
          Let in
        </Button>
        <Button
          isBusy={decline.isPending}
          isPaused={guard.isPaused || isPending}
          onClick={() => press(decline)}
        >
          Not now
        </Button>
      </div>
      <FailureBanner failure={letIn.failure ?? decline.failure} />
    </section>
  );
}
