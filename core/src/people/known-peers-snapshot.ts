import { toHex } from '../secure/bytes.js';
import { skeletonsOf } from './skeletons.js';
import { nameKey } from './names.js';
import {
  identityStatus,
  type IdentityStatus,
  type NamedIdentity,
  type KnownPeerFile,
} from './known-peer-file.js';

/** Other peers that a new one may be, or may be mistaken for; an absent list is empty. */
export interface Resemblance {
  /** The other names under which the same identity was met. */
  readonly alsoKnownAs?: readonly string[];
  /** The names that look like this one: of known peers, and the user's own. */
  readonly looksLike?: readonly string[];
}

/** A name with its identities, for comparison. */
interface Named {
  readonly name: string;
  readonly key: string;
  /** In hexadecimal digits. */
  readonly identities: readonly string[];
}

/** The known peers of an account at one moment, for many look-ups at once. */
export class KnownPeersSnapshot {
  readonly #files: ReadonlyMap<string, KnownPeerFile | undefined> | undefined;
  #byIdentity: ReadonlyMap<string, readonly Named[]> | undefined;
  #bySkeleton: ReadonlyMap<string, readonly Named[]> | undefined;

  /**
   * @param files what is kept, by `nameKey`; `undefined` for a file, or for all of them, that cannot
   * be read
   */
  constructor(files: ReadonlyMap<string, KnownPeerFile | undefined> | undefined) {
    this.#files = files;
  }

  /** @returns `undefined` where what is kept of that name cannot be read */
  check(person: NamedIdentity): IdentityStatus | undefined {
    if (this.#files === undefined) return undefined;
    const key = nameKey(person.name);
    const file = this.#files.get(key);
    // Never `new`: that would let a changed identity pass.
    if (file === undefined && this.#files.has(key)) return undefined;
    return identityStatus(file, person);
  }

  /**
   * The known peers that a new one may be, or may be mistaken for.
   *
   * @param own the account that asks
   */
  resemblance(person: NamedIdentity, own: NamedIdentity): Resemblance {
    const { name, identity } = person;
    return this.compare({ name, identities: [toHex(identity)] }, [
      { name: own.name, key: nameKey(own.name), identities: [toHex(own.identity)] },
    ]);
  }

  /**
   * Compares a name and its identities with all other known peers.
   *
   * @param others counted as known too
   */
  compare(
    { name, identities }: Pick<Named, 'name' | 'identities'>,
    others: readonly Named[] = [],
  ): Resemblance {
    const key = nameKey(name);
    const same = identities.flatMap((one) => this.#withIdentity.get(one) ?? []);
    const alsoKnownAs = namesOf(same.filter((one) => one.key !== key));
    const looks = skeletonsOf(name);
    const alike = [
      ...looks
        .flatMap((look) => this.#withSkeleton.get(look) ?? [])
        .filter((one) => one.key !== key),
      ...others.filter((one) => skeletonsOf(one.name).some((look) => looks.includes(look))),
    ].filter((one) => !one.identities.some((identity) => identities.includes(identity)));
    const looksLike = namesOf(alike);
    return {
      ...(alsoKnownAs.length > 0 && { alsoKnownAs }),
      ...(looksLike.length > 0 && { looksLike }),
    };
  }

  get #withIdentity(): ReadonlyMap<string, readonly Named[]> {
    return (this.#byIdentity ??= indexBy(this.#named, ({ identities }) => identities));
  }

  get #withSkeleton(): ReadonlyMap<string, readonly Named[]> {
    return (this.#bySkeleton ??= indexBy(this.#named, ({ name }) => skeletonsOf(name)));
  }

  get #named(): Named[] {
    return [...(this.#files ?? [])].flatMap(([key, file]) =>
      file === undefined ? [] : [{ name: file.name, key, identities: file.accepted }],
    );
  }
}

function indexBy(
  people: readonly Named[],
  keysOf: (one: Named) => readonly string[],
): ReadonlyMap<string, readonly Named[]> {
  const index = new Map<string, Named[]>();
  for (const one of people) {
    for (const key of new Set(keysOf(one))) index.set(key, [...(index.get(key) ?? []), one]);
  }
  return index;
}

function namesOf(people: readonly Named[]): string[] {
  return [...new Set(people.map(({ name }) => name))].sort((a, b) => a.localeCompare(b));
}

/**
 * Notes about a new peer, in sentences.
 *
 * @param ownName the name of the account that reads them
 */
export function resemblanceNotes(
  { alsoKnownAs = [], looksLike = [] }: Resemblance,
  ownName: string,
): string[] {
  return [
    ...alsoKnownAs.map((name) => `You’ve met this person as ${name}.`),
    ...looksLike.map((name) =>
      name === ownName
        ? 'The name looks like your own, but this is a different account.'
        : `The name looks like ${name}, who you’ve met, but this is someone else.`,
    ),
  ];
}
