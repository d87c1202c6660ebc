import type { Cipher } from '../contracts/index.js';
import { concat, equalBytes } from './bytes.js';
import { cpaceShare } from './cpace.js';
import { Handshake } from './handshake-common.js';
import type { HandshakeOptions } from './handshake-common.js';
import {
  PROTOCOL_VERSION,
  encodeGuestHello,
  encodeGuestFinish,
  parseHostHello,
  parseHostFinish,
  throwIfAlert,
} from './handshake-messages.js';
import * as schedule from './key-schedule.js';
import { roomId } from './room-parameters.js';
import { createSecurityContext } from './security-context.js';
import type { SecurityContext, SecurityContextFields } from './security-context.js';
import { sasWords } from './sas-words.js';
import { x25519, x25519PublicKey } from './x25519.js';

/** Options of a guest's handshake. */
export interface GuestHandshakeOptions extends HandshakeOptions {
  /** The port on which the guest accepts the reverse connection; 0 for none. */
  readonly listenPort: number;
}

type State =
  | { readonly at: 'hello' }
  | { readonly at: 'exchange'; readonly f1: Uint8Array }
  | {
      readonly at: 'finish';
      readonly cipher: Cipher;
      readonly prk: Uint8Array;
      readonly th4: Uint8Array;
      readonly agreed: Omit<SecurityContextFields, 'peer'>;
    };

/**
 * The guest's side of one handshake: call `hello`, `exchange`, `finish` once each, in this order.
 * Copies what it keeps of received messages.
 *
 * Every step throws `RK_HANDSHAKE_FAILED` for any mismatch, and `RK_HANDSHAKE_VERSION` or
 * `RK_HANDSHAKE_BUSY` if the host's alert says so. A throw erases the secrets and ends the
 * handshake.
 */
export class GuestHandshake extends Handshake<State, GuestHandshakeOptions> {
  #gaveGuess = false;

  constructor(options: GuestHandshakeOptions) {
    super(options, { at: 'hello' });
  }

  /**
   * Whether the responder got one password guess: T_I reveals whether a guess was right, and the
   * responder has not proven that it knows the password.
   */
  get gaveGuess(): boolean {
    return this.#gaveGuess;
  }

  /** @returns GuestHello */
  hello(): Uint8Array {
    return this.step('hello', () => {
      const { identity, room, ciphers, listenPort } = this.options;
      if (equalBytes(identity.publicKey, room.host)) throw new RangeError('the room is one’s own');
      const { nonce, secret } = this.secrets;
      const f1 = encodeGuestHello({
        minVersion: PROTOCOL_VERSION,
        maxVersion: PROTOCOL_VERSION,
        suites: ciphers.map(({ suite }) => suite).sort((a, b) => b - a),
        mode: room.mode,
        roomId: roomId(room),
        nonce,
        commitment: schedule.commitment(nonce, x25519PublicKey(secret)),
        listenPort,
      });
      return { next: { at: 'exchange', f1 }, result: f1 };
    });
  }

  /**
   * @param f2 HostHello
   * @returns GuestFinish
   */
  exchange(f2: Uint8Array): Uint8Array {
    return this.step('exchange', ({ f1 }) => {
      throwIfAlert(f2, this.options.room.mode);
      const { identity, name, room, ciphers } = this.options;
      const answer = parseHostHello(f2);
      const cipher = ciphers.find(({ suite }) => suite === answer.suite);
      if (answer.version !== PROTOCOL_VERSION || answer.mode !== room.mode || !cipher) {
        throw new RangeError('the host chose something that was not offered');
      }

      const { nonce, secret, scalar } = this.secrets;
      const ephemeral = x25519PublicKey(secret);
      const dh = this.secrets.keep(x25519(secret, answer.ephemeral));
      const sid = concat(nonce, answer.nonce);
      const generator = this.secrets.generator(room, sid);
      const share = generator ? cpaceShare(scalar, generator) : new Uint8Array(0);
      const shares = { guest: share, host: answer.share };
      const isk = this.secrets.sessionKey(sid, 'host', shares);

      const th3 = schedule.transcript3(f1, f2, ephemeral, share);
      const prk = this.secrets.keep(schedule.handshakeSecret(th3, room.mode, isk, dh));
      const f3 = encodeGuestFinish({
        ephemeral,
        share,
        confirmation: schedule.confirmation(prk, 'guest', th3),
        proof: schedule.sealProof(cipher, prk, 'guest', th3, identity, name),
      });
      const agreed = {
        role: 'guest' as const,
        suite: answer.suite,
        words: sasWords(f1, f2, ephemeral, dh),
      };
      const th4 = schedule.transcript4(th3, f3);
      this.#gaveGuess = room.mode === 1;
      return { next: { at: 'finish', cipher, prk, th4, agreed }, result: f3 };
    });
  }

  /** @param f4 HostFinish */
  finish(f4: Uint8Array): SecurityContext {
    return this.step('finish', ({ cipher, prk, th4, agreed }) => {
      throwIfAlert(f4, this.options.room.mode);
      const answer = parseHostFinish(f4);
      if (!equalBytes(answer.confirmation, schedule.confirmation(prk, 'host', th4))) {
        throw new RangeError('the host derived different keys');
      }
      this.#gaveGuess = false;
      const peer = schedule.openProof(cipher, prk, 'host', th4, answer.proof);
      // Otherwise anyone who knows the password could pose as the host.
      if (!equalBytes(peer.identity, this.options.room.host)) {
        throw new RangeError('the other side is not the host of the room');
      }
      const main = schedule.mainSecret(prk, schedule.transcript5(th4, f4));
      return { result: createSecurityContext(main, { ...agreed, peer }) };
    });
  }
}
