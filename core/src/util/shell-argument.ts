/**
 * Quotes a name as the last argument of a command that is suggested to the user. Someone else chose
 * the name: nothing in it may act as a shell command or as an option.
 */
export function shellArgument(name: string): string {
  const quoted = /^[\p{L}\p{M}\p{N} ._-]+$/u.test(name)
    ? `"${name}"`
    : `'${name.replaceAll("'", "'\\''")}'`;
  return name.startsWith('-') ? `-- ${quoted}` : quoted;
}
