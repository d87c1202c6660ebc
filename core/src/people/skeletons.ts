import { INVISIBLE_CHARACTERS } from '../util/display-name.js';
import { CONFUSABLES } from './confusables-data.js';

let prototypes: ReadonlyMap<string, string> | undefined;

/** By character what it looks like, where that is something else; made when it is first needed. */
function readPrototypes(): ReadonlyMap<string, string> {
  const read = new Map<string, string>();
  for (const group of CONFUSABLES.split(';')) {
    const [target = '', sources = ''] = group.split('=');
    const text = String.fromCodePoint(
      ...target.split('.').map((code) => Number.parseInt(code, 36)),
    );
    let code = 0;
    for (const step of sources.split(' ')) {
      code += Number.parseInt(step, 36);
      read.set(String.fromCodePoint(code), text);
    }
  }
  return read;
}

/**
 * Unicode's skeleton of a text, the same for texts that look alike (UTS #39, section 4): in NFD, without
 * what is not seen, each character replaced by the one of all that look like it.
 */
export function skeleton(text: string): string {
  prototypes ??= readPrototypes();
  let out = '';
  for (const character of text.normalize('NFD').replace(INVISIBLE_CHARACTERS, '')) {
    out += prototypes.get(character) ?? character;
  }
  return out.normalize('NFD');
}

/**
 * What a name looks like, in two ways: two names can be taken for each other where either is the same.
 * Names differ not by case, and folding it before shows that `Аda` (Cyrillic) is like `ada`, folding it
 * afterwards that `AIice` (capital I) is like `alice`.
 */
export function skeletonsOf(name: string): readonly string[] {
  const text = name.trim();
  return [skeleton(folded(text)), folded(skeleton(text))];
}

/** Upper, then lower: as `nameKey` folds. */
function folded(text: string): string {
  return text.toUpperCase().toLowerCase();
}
