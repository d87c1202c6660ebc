/**
 * Splits a command line into words as a POSIX shell does, without variables, patterns and pipes, so
 * that no shell is needed: `'…'` takes everything as it is, in `"…"` and outside of quotes `\` takes
 * the next character as it is.
 *
 * @returns undefined where a quote is not closed
 */
export function splitWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === '\\' && quote !== "'") {
      at += 1;
      word = (word ?? '') + text.charAt(at);
    } else if (char === quote) {
      quote = undefined;
    } else if (quote === undefined && (char === '"' || char === "'")) {
      quote = char;
      word ??= '';
    } else if (quote === undefined && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== undefined) return undefined;
  if (word !== undefined) words.push(word);
  return words;
}
