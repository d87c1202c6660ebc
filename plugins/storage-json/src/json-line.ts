/** Where in a JSON text something is. */
export type JsonPath = readonly PropertyKey[];

/**
 * The line, from 1, of the first syntax error in a JSON text (RFC 8259), or, where it has none, of
 * the value at `path`. `JSON.parse` does not always say where: its message is for people.
 */
export function jsonLine(text: string, path: JsonPath = []): number {
  const finder = new Finder(text, path);
  const offset = finder.find();
  return text.slice(0, offset).split('\n').length;
}

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;

class Unexpected extends Error {}

class Finder {
  readonly #text: string;
  readonly #path: JsonPath;
  #at = 0;
  #found = 0;

  constructor(text: string, path: JsonPath) {
    this.#text = text;
    this.#path = path;
  }

  find(): number {
    try {
      this.#value(0, true);
      if (this.#at < this.#text.length) return this.#at;
      return this.#found;
    } catch (error) {
      if (error instanceof Unexpected) return this.#at;
      throw error;
    }
  }

  /** @param onPath whether this value, `depth` below the top, is the target or holds it */
  #value(depth: number, onPath: boolean): void {
    this.#take(SPACE);
    if (onPath) this.#found = this.#at;
    if (this.#skip('{')) {
      this.#members('}', () => {
        const key = JSON.parse(this.#expect(STRING)) as string;
        this.#take(SPACE);
        if (!this.#skip(':')) throw new Unexpected();
        this.#value(depth + 1, onPath && this.#path[depth] === key);
      });
    } else if (this.#skip('[')) {
      let index = 0;
      this.#members(']', () => {
        this.#value(depth + 1, onPath && this.#path[depth] === index);
        index += 1;
      });
    } else if (this.#take(STRING) === '') {
      this.#expect(SCALAR);
    }
    this.#take(SPACE);
  }

  #members(end: string, member: () => void): void {
    this.#take(SPACE);
    if (this.#skip(end)) return;
    do {
      this.#take(SPACE);
      member();
    } while (this.#skip(','));
    if (!this.#skip(end)) throw new Unexpected();
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += match.length;
    return match;
  }

  #expect(pattern: RegExp): string {
    const match = this.#take(pattern);
    if (match === '') throw new Unexpected();
    return match;
  }
}
