import type { Cipher } from '../contracts/index.js';
import { concat, equalBytes } from './bytes.js';
import { cpaceShare } from './cpace.js';
import { Handshake } from './handshake-common.js';
import type { HandshakeOptions } from './handshake-common.js';
import { handshakeVersion } from './handshake-failure.js';
import {
  PROTOCOL_VERSION,
  encodeHostHello,
  encodeHostFinish,
  parseGuestHello,
  parseGuestFinish,
} from './handshake-messages.js';
import type { GuestHello } from './handshake-messages.js';
import * as schedule from './key-schedule.js';
import { roomId } from './room-parameters.js';
import { createSecurityContext } from './security-context.js';
import type { SecurityContext } from './security-context.js';
import { sasWords } from './sas-words.js';
import { x25519, x25519PublicKey } from './x25519.js';

/** The result of a successful handshake. */
export interface HostConfirmation {
  /** HostFinish, to be sent. */
  readonly message: Uint8Array;
  readonly security: SecurityContext;
}

type State =
  | { readonly at: 'reply' }
  | {
      readonly at: 'confirm';
      readonly cipher: Cipher;
      readonly hello: GuestHello;
      readonly f1: Uint8Array;
      readonly f2: Uint8Array;
      readonly sid: Uint8Array;
      readonly share: Uint8Array;
    };

/**
 * The host's side of one handshake: call `reply`, `confirm` once each, in this order. Copies what
 * it keeps of received messages. It never derives the password secret: the caller did so once, when
 * the room was opened.
 *
 * Every step throws `RK_HANDSHAKE_FAILED` whatever does not fit, or `RK_HANDSHAKE_VERSION` where the
 * two sides have no version or cipher in common; `alertFor` gives the alert to send.
 * After a throw the secrets are erased and the handshake is over.
 */
export class HostHandshake extends Handshake<State> {
  #refusedPassword = false;
  #hasProof = false;

  /**
   * @throws RangeError if the identity is not the room's host; and what the guest's constructor
   * throws
   */
  constructor(options: HandshakeOptions) {
    if (!equalBytes(options.identity.publicKey, options.room.host)) {
      throw new RangeError('the identity is not the host of the room');
    }
    super(options, { at: 'reply' });
  }

  /**
   * Whether the guest used up one password guess. Only T_I shows a guest whether its guess was
   * right, so nothing else counts for `HandshakeRateLimiter`.
   */
  get refusedPassword(): boolean {
    return this.#refusedPassword;
  }

  /** Whether GuestFinish was received. Before it the guest has proven nothing and can be anyone. */
  get hasProof(): boolean {
    return this.#hasProof;
  }

  /**
   * @param f1 GuestHello
   * @returns HostHello
   */
  reply(f1: Uint8Array): Uint8Array {
    return this.step('reply', () => {
      const { room, ciphers } = this.options;
      const hello = parseGuestHello(f1);
      if (hello.mode !== room.mode || !equalBytes(hello.roomId, roomId(room))) {
        throw new RangeError('the guest asked for a different room');
      }
      const cipher = highestCommon(hello.suites, ciphers);

      const { nonce, secret, scalar } = this.secrets;
      const sid = concat(hello.nonce, nonce);
      const generator = this.secrets.generator(room, sid);
      const share = generator ? cpaceShare(scalar, generator) : new Uint8Array(0);
      const f2 = encodeHostHello({
        version: PROTOCOL_VERSION,
        suite: cipher.suite,
        mode: room.mode,
        nonce,
        ephemeral: x25519PublicKey(secret),
        share,
      });
      return {
        next: {
          at: 'confirm',
          cipher,
          hello,
          f1: new Uint8Array(f1),
          f2,
          sid,
          share,
        },
        result: f2,
      };
    });
  }

  /** @param f3 GuestFinish */
  confirm(f3: Uint8Array): HostConfirmation {
    this.#hasProof = true;
    return this.step('confirm', ({ cipher, hello, f1, f2, sid, share }) => {
      const { identity, name, room } = this.options;
      const answer = parseGuestFinish(f3);
      if (!equalBytes(hello.commitment, schedule.commitment(hello.nonce, answer.ephemeral))) {
        throw new RangeError('the guest’s key does not match its commitment');
      }
      const dh = this.secrets.keep(x25519(this.secrets.secret, answer.ephemeral));
      const shares = { guest: answer.share, host: share };
      const isk = this.secrets.sessionKey(sid, 'guest', shares);

      const th3 = schedule.transcript3(f1, f2, answer.ephemeral, answer.share);
      const prk = this.secrets.keep(schedule.handshakeSecret(th3, room.mode, isk, dh));
      if (!equalBytes(answer.confirmation, schedule.confirmation(prk, 'guest', th3))) {
        this.#refusedPassword = room.mode === 1;
        throw new RangeError('the guest derived different keys');
      }
      const peer = schedule.openProof(cipher, prk, 'guest', th3, answer.proof);
      if (equalBytes(peer.identity, identity.publicKey))
        throw new RangeError('the guest has the host’s own identity');

      const th4 = schedule.transcript4(th3, f3);
      const message = encodeHostFinish({
        confirmation: schedule.confirmation(prk, 'host', th4),
        proof: schedule.sealProof(cipher, prk, 'host', th4, identity, name),
      });
      const main = schedule.mainSecret(prk, schedule.transcript5(th4, message));
      const security = createSecurityContext(main, {
        role: 'host',
        suite: cipher.suite,
        peer,
        words: sasWords(f1, f2, answer.ephemeral, dh),
        ...(hello.listenPort !== 0 && { peerListenPort: hello.listenPort }),
      });
      return { result: { message, security } };
    });
  }
}

function highestCommon(offered: readonly number[], ciphers: readonly Cipher[]): Cipher {
  // The offer is sorted in descending order.
  for (const suite of offered) {
    const cipher = ciphers.find((own) => own.suite === suite);
    if (cipher) return cipher;
  }
  throw handshakeVersion('cipher');
}
