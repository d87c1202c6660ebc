import { RoomkeyError } from '../errors/index.js';
import { fromHex } from '../secure/bytes.js';
import { displayName } from '../util/display-name.js';
import { shellArgument } from '../util/shell-argument.js';
import type { Resemblance } from './known-peers-snapshot.js';
import { fingerprint } from './fingerprint.js';
import type { Person, KnownPeerFile } from './known-peer-file.js';

/** A name that was met, with the fingerprints of whoever bore it. */
export interface KnownPeer extends Resemblance {
  readonly name: string;
  /** Those that are trusted; several where several people bear one name. */
  readonly accepted: readonly string[];
  /** Those that were refused and wait to be accepted. */
  readonly pending: readonly string[];
}

/** `RK_PERSON_CHANGED` where it is this side that may accept, with whom. */
export class IdentityMismatchError extends RoomkeyError {
  readonly person: KnownPeer;

  constructor(message: string, person: KnownPeer) {
    super('RK_PERSON_CHANGED', message);
    this.person = person;
  }
}

export function fingerprints(identities: readonly string[]): string[] {
  return identities.map((identity) => fingerprint(fromHex(identity)));
}

export function identityMismatch(
  { name, ...file }: KnownPeerFile,
  person: Person,
): IdentityMismatchError {
  const accepted = fingerprints(file.accepted);
  return new IdentityMismatchError(
    `${name} shows another identity than last time. Either ${name} has a new account or a new machine, or somebody else is posing as ${name}. Known: ${accepted.join(', ')}. Shown now: ${fingerprint(person.identity)}. Ask ${name} in person whether the second is theirs (\`roomkey account whoami\` shows it). If so: ${acceptCommand(name, fingerprint(person.identity))}`,
    { name, accepted, pending: fingerprints(file.pending) },
  );
}

export function severalPending({ name, pending }: KnownPeerFile): RoomkeyError {
  return new RoomkeyError(
    'RK_PERSON_CHANGED',
    `Several identities were shown by the name of ${name}: ${fingerprints(pending).join(', ')}. Ask ${name} in person which is theirs, and give it: ${acceptCommand(name, 'FINGERPRINT')}`,
  );
}

export function nonePending(name: string, which: string | undefined): RoomkeyError {
  const shown = displayName(name);
  const what = which === undefined ? 'No identity' : `No identity ${displayName(which)}`;
  return new RoomkeyError(
    'RK_PERSON_UNKNOWN',
    `${what} of ${shown} waits to be accepted. \`roomkey people list\` shows what does.`,
  );
}

/** With the fingerprint: whoever pastes it later must not accept what was shown since. */
function acceptCommand(name: string, which: string): string {
  return `roomkey people accept ${shellArgument(name)} ${which}`;
}
