/** A fingerprint in its groups, for reading aloud and comparing. */
export function Fingerprint({ value }: { readonly value: string }) {
  return (
    <code class="fingerprint">
      {value.split('-').map((group, index) => (
        // Groups can be equal; their place is what they are known by.
        <span key={index}>{group}</span>
      ))}
    </code>
  );
}
