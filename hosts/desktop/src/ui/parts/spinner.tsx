/** Progress indicator; text beside it says what is running. */
export function Spinner({ size = 18 }: { readonly size?: number }) {
  return (
    <svg class="spinner" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <circle class="spinner-track" cx="12" cy="12" r="9" />
      <path d="M21 12a9 9 0 0 0-9-9" />
    </svg>
  );
}
