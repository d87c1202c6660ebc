/**
 * What a screen reader says by itself: states when it is quiet, errors at once. Both are there from
 * the start, since a region that comes with its text is not read.
 */
export function Announcer({ state, error }: { readonly state: string; readonly error: string }) {
  return (
    <>
      <p class="unseen" role="status">
        {state}
      </p>
      <p class="unseen" role="alert">
        {error}
      </p>
    </>
  );
}
