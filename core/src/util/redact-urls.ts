/**
 * A text that can be shown and logged: in each URL, what stands before the last `@` of the
 * line, and the values of its query, are `***`. A password may hold any character, also those with
 * which the URL is not a valid one; so it rather hides too much.
 */
export function redactUrls(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/).*@/gi, '$1***@')
    .replace(/[a-z][a-z0-9+.-]*:\/\/[^\s"'<>?]*\?[^\s"'<>]*/gi, (url) =>
      url.replace(/=[^&]*/g, '=***'),
    );
}
