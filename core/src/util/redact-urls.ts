/**
 * Makes a text safe to show and log: in every URL, replaces what precedes the last `@` of the line,
 * and the values of its query, by `***`. A password may contain any character, even ones that make
 * the URL invalid, so it rather hides too much.
 */
export function redactUrls(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/).*@/gi, '$1***@')
    .replace(/[a-z][a-z0-9+.-]*:\/\/[^\s"'<>?]*\?[^\s"'<>]*/gi, (url) =>
      url.replace(/=[^&]*/g, '=***'),
    );
}
