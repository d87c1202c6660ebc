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
 * The skeletons of a name, case folded before and after: two names are confusable if either matches.
 * Names are case-insensitive; folding before shows that `Аda` (Cyrillic) is like `ada`, folding it
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
