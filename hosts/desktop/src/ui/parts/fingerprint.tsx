/** A safety number in groups, for reading aloud and comparing. */
export function Fingerprint({ value }: { readonly value: string }) {
  return (
    <code class="fingerprint">
      {value.split('-').map((group, index) => (
        // Groups can repeat, so the key is the position.
        <span key={index}>{group}</span>
      ))}
    </code>
  );
}
