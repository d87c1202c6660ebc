/**
 * A name as the last argument of a command that is proposed to a person. The name is somebody else's
 * choice: nothing in it may be a command to a shell, or an option such as another configuration.
 */
export function shellArgument(name: string): string {
  const quoted = /^[\p{L}\p{M}\p{N} ._-]+$/u.test(name)
    ? `"${name}"`
    : `'${name.replaceAll("'", "'\\''")}'`;
  return name.startsWith('-') ? `-- ${quoted}` : quoted;
}
