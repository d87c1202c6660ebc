const STRUCTURE = '[{}[\\]:,]';
const STRING = '"(?:[^"\\\\\\u0000-\\u001f]|\\\\(?:["\\\\/bfnrt]|u[0-9a-fA-F]{4}))*"';
const SCALAR = '-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?|true|false|null';

class Unexpected extends Error {
  constructor(readonly offset: number) {
    super();
  }
}

/**
 * Finds the first JSON syntax error (RFC 8259); V8's messages do not always say where it is.
 *
 * @returns line and column, both from 1; `undefined` for valid JSON
 */
export function findJsonError(text: string): { line: number; column: number } | undefined {
  const pattern = new RegExp(`[ \\t\\r\\n]*(?:(${STRUCTURE}|${STRING}|${SCALAR})|$)`, 'y');
  let start = 0;
  let token = '';
  const next = (): string => {
    const from = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null)
      throw new Unexpected(from + (/^[ \t\r\n]*/.exec(text.slice(from))?.[0].length ?? 0));
    token = match[1] ?? '';
    start = pattern.lastIndex - token.length;
    return token;
  };
  const expect = (allowed: boolean): void => {
    if (!allowed) throw new Unexpected(start);
  };
  const members = (end: string, member: () => void): void => {
    if (next() === end) return;
    for (;;) {
      member();
      if (next() === end) return;
      expect(token === ',');
      next();
    }
  };
  /** Parses the value whose first token was already read. */
  const value = (): void => {
    if (token === '[') members(']', value);
    else if (token === '{') {
      members('}', () => {
        expect(token.startsWith('"'));
        next();
        expect(token === ':');
        next();
        value();
      });
    } else expect(token !== '' && !':,]}'.includes(token));
  };
  try {
    next();
    value();
    expect(next() === '');
    return undefined;
  } catch (error) {
    if (!(error instanceof Unexpected)) throw error;
    const before = text.slice(0, error.offset).split('\n');
    return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  }
}
