import type { ChannelEnd } from '../secure/channel.js';
import { HandshakeRateLimiter } from '../secure/handshake-rate-limiter.js';
import { CloseCode } from '../secure/records.js';
import type { IdentityAssessment } from './admission-control.js';
import type { CallContext, CallSide } from './call-side.js';
import type { CallRole, RoomPublication } from './call-types.js';
import { HostAcceptor } from './host-acceptor.js';
import { HostAdmission } from './host-admission.js';
import { HostNotices } from './host-notices.js';
import { endNotice, pauseNotice } from './notices.js';
import type { PeerSession } from './peer-session.js';
import type { CallState } from './state.js';

/** The host of a call: publishes the room, admits guests, and waits for another when one leaves. */
export class HostSide implements CallSide {
  readonly admission: HostAdmission;
  readonly #role: CallRole & { readonly kind: 'host' };
  readonly #call: CallContext;
  readonly #notices: HostNotices;
  readonly #acceptor: HostAcceptor;
  #publication: RoomPublication | undefined;
  #isFull = false;

  /** @param onKnocks `admission.knocks` has changed */
  constructor(role: CallRole & { readonly kind: 'host' }, call: CallContext, onKnocks: () => void) {
    const { transport, cipher, clock } = call.dependencies;
    this.#role = role;
    this.#call = call;
    this.#notices = new HostNotices((error) => call.notice('refused', error));
    this.admission = new HostAdmission({
      letIn: role.letIn,
      admission: call.admission,
      notices: this.#notices,
      clock,
      signal: call.signal,
      closeCode: () => call.closeCode,
      onAdmitted: (session, assessment) => this.#admit(session, assessment),
      onKnocks,
    });
    this.#acceptor = new HostAcceptor({
      transport,
      cipher,
      room: call.room,
      rateLimiter: new HandshakeRateLimiter({
        now: () => performance.now(),
        onPause: (pause) => call.notice('refused', pauseNotice(pause)),
      }),
      handlers: {
        onGuest: (guest) => void call.connect(guest),
        onRefused: (error, remote) => this.#notices.addRefusal(error, remote),
      },
    });
  }

  async open(signal: AbortSignal): Promise<void> {
    const port = await this.#acceptor.open(signal);
    this.#publication = await this.#role.publisher.publish(port, signal);
  }

  receive(session: PeerSession): Promise<void> {
    return this.admission.receive(session);
  }

  onSessionEnd(session: PeerSession, end: ChannelEnd): Promise<void> {
    const { peer } = session.security;
    if (end.kind === 'closed' && end.code === CloseCode.identityRefused) {
      this.#call.dispatch({ type: 'unaccepted', role: 'host', name: peer.name });
    } else {
      const notice = endNotice(end);
      if (notice !== undefined) this.#notices.addStoppedCall(notice, peer.identity);
      this.#call.dispatch({
        type: 'lost',
        role: 'host',
        kind: end.kind === 'closed' ? 'left' : 'lost',
      });
    }
    return Promise.resolve();
  }

  onOtherSessionEnd(session: PeerSession): void {
    this.admission.remove(session);
  }

  /** Only a hint for the lists of others: the call continues without it. */
  onState({ phase }: CallState): void {
    const isFull = phase === 'live';
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    try {
      this.#publication?.setFull(isFull);
    } catch (error) {
      this.#call.dependencies.logger.warn('The room’s beacon could not be changed', { error });
    }
  }

  stop(): void {
    this.#notices.stop();
  }

  close(): readonly (Promise<void> | undefined)[] {
    return [
      this.admission.closeLobby(this.#call.closeCode),
      this.#publication?.stop(),
      this.#acceptor.close(),
    ];
  }

  /** The guest is in the call. */
  #admit(session: PeerSession, assessment: IdentityAssessment): void {
    const { admission, dependencies, signal } = this.#call;
    this.#call.setSession(session);
    admission.release(session.security.peer);
    this.#call.goLive(session, assessment);
    session.admit();
    if (this.#call.session === session) {
      void session.openReverseConnection(dependencies.transport, signal);
    }
  }
}
