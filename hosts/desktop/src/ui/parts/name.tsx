/** A name that people gave: its own direction does not turn the sentence around. */
export function Name({ children }: { readonly children: string }) {
  return <bdi class="name">{children}</bdi>;
}
