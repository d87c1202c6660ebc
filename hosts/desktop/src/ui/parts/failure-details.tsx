import type { FailureView } from '../../messages/index.js';

/** The original message behind a failure, in a collapsed section. */
export function FailureDetails({ failure: { details } }: { readonly failure: FailureView }) {
  if (details === undefined) return null;
  return (
    <details class="failure-details">
      <summary>Details</summary>
      {/* Foreign text, mostly English. */}
      <p dir="auto">{details}</p>
    </details>
  );
}
