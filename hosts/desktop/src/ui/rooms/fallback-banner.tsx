import { useState } from 'preact/hooks';
import { useUi } from '../context.js';
import { Banner } from '../parts/banner.js';
import { Button } from '../parts/button.js';

/** Says once that an expected plugin cannot be used, and which one replaces it. */
export function FallbackBanner({
  onSettings,
}: {
  /** Opens the settings for details; omitted if they are not available. */
  readonly onSettings?: () => void;
}) {
  const { plugins } = useUi().state;
  const [isClosed, setClosed] = useState(false);
  const fallen = plugins.flatMap(({ service, name, skipped }) =>
    skipped
      .filter(({ isExpected }) => isExpected)
      .map((one) => ({ service, standIn: name, ...one })),
  );
  if (isClosed || fallen.length === 0) return null;
  return (
    <Banner
      kind="information"
      action={
        onSettings !== undefined && (
          <Button kind="quiet" onClick={onSettings}>
            Details
          </Button>
        )
      }
      onClose={() => setClosed(true)}
    >
      {fallen.map(({ service, name, standIn, reason }) => (
        <p key={`${service} ${name}`}>
          {standIn} stands in for {name}: {reason}
        </p>
      ))}
    </Banner>
  );
}
