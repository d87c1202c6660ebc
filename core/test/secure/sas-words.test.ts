import { randomBytes } from 'node:crypto';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { describe, expect, it } from 'vitest';
import type { Ephemeral } from '../../src/secure/handshake-common.js';
import { sasWords } from '../../src/secure/sas-words.js';
import { createPeers, newIdentity, shakeHands } from './peers.js';
import type { Peers } from './peers.js';

const peers = createPeers(1);
const fresh = (): Ephemeral => ({
  nonce: randomBytes(32),
  secret: randomBytes(32),
  scalar: randomBytes(32),
});
const guestEphemeral = fresh();
const hostEphemeral = fresh();

/** The words of a handshake with fixed values except for the given ones. */
function words(guest: Partial<Peers['guest']>, host: Partial<Peers['host']>): readonly string[] {
  const session = shakeHands({
    guest: { ...peers.guest, ephemeral: guestEphemeral, ...guest },
    host: { ...peers.host, ephemeral: hostEphemeral, ...host },
  });
  expect(session.guest.words).toEqual(session.host.words);
  return session.guest.words;
}

describe('the words', () => {
  it('are four of the BIP-39 list, 11 bits each, the most significant first', () => {
    expect(wordlist).toHaveLength(2_048);
    for (const word of words({}, {})) expect(wordlist).toContain(word);
  });

  it('do not depend on anything sent after E_I was revealed', () => {
    // else a man in the middle could try values until the words on both sides match
    const same = words({}, {});
    expect(words({}, {})).toEqual(same);
    expect(words({ ephemeral: { ...guestEphemeral, scalar: randomBytes(32) } }, {})).toEqual(same);
    expect(words({ name: 'Someone else' }, {})).toEqual(same);
    expect(words({ identity: newIdentity() }, {})).toEqual(same);
    expect(words({}, { name: 'Someone else' })).toEqual(same);
  });

  it('depend on everything fixed before', () => {
    const same = words({}, {});
    const others = [
      words({ listenPort: 2 }, {}),
      words({ ephemeral: { ...guestEphemeral, nonce: randomBytes(32) } }, {}),
      words({ ephemeral: { ...guestEphemeral, secret: randomBytes(32) } }, {}),
      words({}, { ephemeral: { ...hostEphemeral, nonce: randomBytes(32) } }),
      words({}, { ephemeral: { ...hostEphemeral, secret: randomBytes(32) } }),
      words({}, { ephemeral: { ...hostEphemeral, scalar: randomBytes(32) } }),
    ];
    for (const other of others) expect(other).not.toEqual(same);
  });

  it('depend on the shared secret, which a man in the middle cannot choose', () => {
    const [f1, f2, ephemeral] = [randomBytes(90), randomBytes(90), randomBytes(32)];
    const given = sasWords(f1, f2, ephemeral, new Uint8Array(32).fill(1));
    expect(given).not.toEqual(sasWords(f1, f2, ephemeral, new Uint8Array(32).fill(2)));
  });
});
