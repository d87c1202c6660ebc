/** Path of a value in a JSON text. */
export type JsonPath = readonly PropertyKey[];

/** The text is not JSON; the scanner stands where it breaks. */
export class JsonSyntaxError extends Error {}

const SPACE = /[ \t\n\r]*/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;

/**
 * Scans a JSON text (RFC 8259) piece by piece: `JSON.parse` blocks on a large file, and does not
 * always report the position of an error.
 */
export class JsonScanner {
  readonly #text: string;
  #at: number;

  constructor(text: string, at = 0) {
    this.#text = text;
    this.#at = at;
  }

  /** The offset of what comes next. */
  get at(): number {
    return this.#at;
  }

  /**
   * Skips a value.
   *
   * @returns the offset of the value at `path`, or of its nearest existing parent
   * @throws JsonSyntaxError
   */
  value(path: JsonPath = []): number {
    this.#match(SPACE);
    const start = this.#at;
    const [step, ...rest] = path;
    let found = start;
    const member = (key: PropertyKey): void => {
      if (key === step) found = this.value(rest);
      else this.value();
    };
    if (this.#text[start] === '{') {
      for (const key of this.members()) member(key);
    } else if (this.#text[start] === '[') {
      for (const { index } of this.elements()) member(index);
    } else if (this.#match(STRING) === '') {
      this.#expect(SCALAR);
    }
    this.#match(SPACE);
    return found;
  }

  /** Enters an object and yields its keys; the caller skips each value. @throws JsonSyntaxError */
  *members(): Generator<string> {
    const list = this.#list('{', '}');
    while (list.next().done !== true) {
      const key = JSON.parse(this.#expect(STRING)) as string;
      this.#match(SPACE);
      this.#require(':');
      this.#match(SPACE);
      yield key;
    }
  }

  /** Enters an array and yields its elements; the caller skips each. @throws JsonSyntaxError */
  *elements(): Generator<{ readonly index: number; readonly start: number }> {
    let index = 0;
    for (const start of this.#list('[', ']')) {
      yield { index, start };
      index += 1;
    }
  }

  /** Expects the end of the text. @throws JsonSyntaxError */
  end(): void {
    this.#match(SPACE);
    if (this.#at < this.#text.length) throw new JsonSyntaxError();
  }

  *#list(open: string, close: string): Generator<number> {
    this.#match(SPACE);
    this.#require(open);
    this.#match(SPACE);
    if (!this.#skip(close)) {
      do {
        this.#match(SPACE);
        yield this.#at;
      } while (this.#skip(','));
      this.#require(close);
    }
    this.#match(SPACE);
  }

  #skip(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #require(character: string): void {
    if (!this.#skip(character)) throw new JsonSyntaxError();
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += match.length;
    return match;
  }

  #expect(pattern: RegExp): string {
    const match = this.#match(pattern);
    if (match === '') throw new JsonSyntaxError();
    return match;
  }
}
