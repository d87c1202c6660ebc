import { RoomkeyError } from '../errors/index.js';
import { fromHex } from '../secure/bytes.js';
import { displayName } from '../util/display-name.js';
import { shellArgument } from '../util/shell-argument.js';
import type { Resemblance } from './known-peers-snapshot.js';
import { fingerprint } from './fingerprint.js';
import type { NamedIdentity, KnownPeerFile } from './known-peer-file.js';

/** A known name with the fingerprints of its identities. */
export interface KnownPeer extends Resemblance {
  readonly name: string;
  /** Trusted; several if several peers share the name. */
  readonly accepted: readonly string[];
  /** Refused, waiting to be accepted. */
  readonly pending: readonly string[];
}

/** `RK_IDENTITY_MISMATCH` on the side that may accept, with the peer. */
export class IdentityMismatchError extends RoomkeyError {
  readonly person: KnownPeer;

  constructor(message: string, person: KnownPeer) {
    super('RK_IDENTITY_MISMATCH', message);
    this.person = person;
  }
}

export function fingerprints(identities: readonly string[]): string[] {
  return identities.map((identity) => fingerprint(fromHex(identity)));
}

export function identityMismatch(
  { name, ...file }: KnownPeerFile,
  person: NamedIdentity,
): IdentityMismatchError {
  const accepted = fingerprints(file.accepted);
  return new IdentityMismatchError(
    `${name}’s identity has changed since last time. Either ${name} has a new account or a new computer, or someone else is posing as ${name}. Known: ${accepted.join(', ')}. Shown now: ${fingerprint(person.identity)}. Ask ${name} in person whether the second is theirs (\`roomkey account whoami\` shows it). If so: ${acceptCommand(name, fingerprint(person.identity))}`,
    { name, accepted, pending: fingerprints(file.pending) },
  );
}

export function severalPending({ name, pending }: KnownPeerFile): RoomkeyError {
  return new RoomkeyError(
    'RK_IDENTITY_MISMATCH',
    `Several identities were shown under the name ${name}: ${fingerprints(pending).join(', ')}. Ask ${name} in person which is theirs, and pass it: ${acceptCommand(name, 'FINGERPRINT')}`,
  );
}

export function nonePending(name: string, which: string | undefined): RoomkeyError {
  const shown = displayName(name);
  const what = which === undefined ? 'No identity' : `No identity ${displayName(which)}`;
  return new RoomkeyError(
    'RK_IDENTITY_UNKNOWN',
    `${what} of ${shown} is waiting to be accepted. \`roomkey people list\` shows those that are.`,
  );
}

/** With the fingerprint: pasted later, it must not accept an identity that was shown since. */
function acceptCommand(name: string, which: string): string {
  return `roomkey people accept ${shellArgument(name)} ${which}`;
}
