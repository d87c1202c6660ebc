/**
 * Peers that follow the protocol except for one deviation, as a modified Roomkey could. They use
 * the same building blocks as the real peers, so that everything except the deviation fits.
 */
import { randomBytes } from 'node:crypto';
import { concat, lv, utf8 } from '../../src/secure/bytes.js';
import { HandshakeSecrets } from '../../src/secure/handshake-common.js';
import type { HandshakeOptions } from '../../src/secure/handshake-common.js';
import * as messages from '../../src/secure/handshake-messages.js';
import type { Identity } from '../../src/secure/identity.js';
import * as schedule from '../../src/secure/key-schedule.js';
import { expandLabel } from '../../src/secure/kdf.js';
import { roomId } from '../../src/secure/room-parameters.js';
import { cpaceShare } from '../../src/secure/cpace.js';
import { x25519, x25519PublicKey } from '../../src/secure/x25519.js';
import { testCipher } from './aes-gcm.js';

/** The deviation. */
export interface Deviation {
  /** Sends this key instead of E, and uses `dh` as the X25519 result. */
  readonly ephemeral?: Uint8Array;
  readonly dh?: Uint8Array;
  /** Sends this share instead of Y, and uses `isk` as ISK. */
  readonly share?: Uint8Array;
  readonly isk?: Uint8Array;
  /** Commits to this instead of E_I. */
  readonly committed?: Uint8Array;
  /** Changes GuestHello or HostHello before it is sent and enters the transcript. */
  readonly offer?: Partial<messages.GuestHello> & Partial<messages.HostHello>;
  /** Creates the content of P instead of `identity ‖ signature ‖ lv name`. */
  readonly proof?: (identity: Identity, signed: Uint8Array) => Uint8Array;
  readonly identity?: Identity;
}

const EMPTY = new Uint8Array(0);

/** The content of a proof, from which a deviation can start. */
export function proofOf(publicKey: Uint8Array, signature: Uint8Array, name: Uint8Array) {
  return concat(publicKey, signature, lv(name));
}

function sealedProof(
  options: HandshakeOptions,
  deviation: Deviation,
  role: schedule.Role,
  prk: Uint8Array,
  transcript: Uint8Array,
): Uint8Array {
  const identity = deviation.identity ?? options.identity;
  const signed = concat(utf8(`roomkey/1 sig ${role}`), transcript);
  const content =
    deviation.proof?.(identity, signed) ??
    proofOf(identity.publicKey, identity.sign(signed), utf8(options.name));
  const key = testCipher().key(expandLabel(prk, `hs ${role} key`, 32));
  return concat(...key.seal(expandLabel(prk, `hs ${role} iv`, 12), transcript, [content]));
}

/** A guest with these options that deviates. */
export function rogueGuest(options: HandshakeOptions, deviation: Deviation) {
  const secrets = new HandshakeSecrets(options);
  const { room } = options;
  const nonce = new Uint8Array(randomBytes(32));
  const ephemeral = deviation.ephemeral ?? x25519PublicKey(secrets.secret);
  const f1 = messages.encodeGuestHello({
    minVersion: 1,
    maxVersion: 1,
    suites: [1],
    mode: room.mode,
    roomId: roomId(room),
    nonce,
    commitment: schedule.commitment(nonce, deviation.committed ?? ephemeral),
    listenPort: 0,
    ...deviation.offer,
  });
  return {
    f1,
    f3(f2: Uint8Array): Uint8Array {
      const answer = messages.parseHostHello(f2);
      const sid = concat(nonce, answer.nonce);
      const generator = secrets.generator(room, sid);
      const share = deviation.share ?? (generator ? cpaceShare(secrets.scalar, generator) : EMPTY);
      const dh = deviation.dh ?? x25519(secrets.secret, answer.ephemeral);
      const isk =
        deviation.isk ?? secrets.sessionKey(sid, 'host', { guest: share, host: answer.share });
      const th3 = schedule.transcript3(f1, f2, ephemeral, share);
      const prk = schedule.handshakeSecret(th3, room.mode, isk, dh);
      return messages.encodeGuestFinish({
        ephemeral,
        share,
        confirmation: schedule.confirmation(prk, 'guest', th3),
        proof: sealedProof(options, deviation, 'guest', prk, th3),
      });
    },
  };
}

/** A host with these options that deviates. */
export function rogueHost(options: HandshakeOptions, deviation: Deviation) {
  const secrets = new HandshakeSecrets(options);
  const { room } = options;
  let sent: { f1: Uint8Array; f2: Uint8Array; sid: Uint8Array; share: Uint8Array } | undefined;
  return {
    f2(f1: Uint8Array): Uint8Array {
      const hello = messages.parseGuestHello(f1);
      const sid = concat(hello.nonce, secrets.nonce);
      const generator = secrets.generator(room, sid);
      const share = deviation.share ?? (generator ? cpaceShare(secrets.scalar, generator) : EMPTY);
      const f2 = messages.encodeHostHello({
        version: 1,
        suite: 1,
        mode: room.mode,
        nonce: secrets.nonce,
        ephemeral: deviation.ephemeral ?? x25519PublicKey(secrets.secret),
        share,
        ...deviation.offer,
      });
      sent = { f1: f1.slice(), f2, sid, share };
      return f2;
    },
    f4(f3: Uint8Array): Uint8Array {
      const { f1, f2, sid, share } = sent!;
      const answer = messages.parseGuestFinish(f3);
      const dh = deviation.dh ?? x25519(secrets.secret, answer.ephemeral);
      const isk =
        deviation.isk ?? secrets.sessionKey(sid, 'guest', { guest: answer.share, host: share });
      const th3 = schedule.transcript3(f1, f2, answer.ephemeral, answer.share);
      const prk = schedule.handshakeSecret(th3, room.mode, isk, dh);
      const th4 = schedule.transcript4(th3, f3);
      return messages.encodeHostFinish({
        confirmation: schedule.confirmation(prk, 'host', th4),
        proof: sealedProof(options, deviation, 'host', prk, th4),
      });
    },
  };
}
