/** A user-given name; its text direction does not affect the sentence around it. */
export function Name({ children }: { readonly children: string }) {
  return <bdi class="name">{children}</bdi>;
}
