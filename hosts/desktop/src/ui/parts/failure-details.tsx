import type { FailureView } from '../../messages/index.js';

/** What a library, a browser or the system said of a failure, behind a word that opens it. */
export function FailureDetails({ failure: { details } }: { readonly failure: FailureView }) {
  if (details === undefined) return null;
  return (
    <details class="failure-details">
      <summary>Details</summary>
      {/* Most often English, and never a sentence of ours. */}
      <p dir="auto">{details}</p>
    </details>
  );
}
