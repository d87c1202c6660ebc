import { toHex } from '../secure/bytes.js';
import { CloseCode } from '../secure/records.js';
import type { Clock } from '../util/clock.js';
import type { AdmissionControl, IdentityAssessment } from './admission-control.js';
import type { HostNotices } from './host-notices.js';
import { Lobby, type Knock, type LetIn } from './lobby.js';
import { declinedNotice, roomFullNotice } from './notices.js';
import type { PeerSession } from './peer-session.js';

/** What `HostAdmission` needs. */
export interface HostAdmissionOptions {
  readonly letIn: LetIn;
  readonly admission: AdmissionControl;
  readonly notices: HostNotices;
  readonly clock: Clock;
  /** The end of the call. */
  readonly signal: AbortSignal;
  /** The close code of a call that is over. */
  readonly closeCode: () => number;
  /** A guest is admitted, and its place is reserved. */
  readonly onAdmitted: (session: PeerSession, assessment: IdentityAssessment) => void;
  /** `knocks` has changed. */
  readonly onKnocks: () => void;
}

/** Admits, refuses, or holds guests who passed the handshake: the host's side of a call. */
export class HostAdmission {
  readonly #options: HostAdmissionOptions;
  readonly #lobby: Lobby;

  constructor(options: HostAdmissionOptions) {
    this.#options = options;
    this.#lobby = new Lobby(options.letIn, options.clock, options.onKnocks);
  }

  /** The guests who wait to be let in, oldest first. */
  get knocks(): readonly Knock[] {
    return this.#lobby.knocks;
  }

  /** A guest passed the handshake; its session has not started. */
  async receive(session: PeerSession): Promise<void> {
    const { notices } = this.#options;
    const { peer } = session.security;
    const assessment = await this.#assess(session);
    if (assessment === undefined || this.#isTurnedAway(session)) return;
    switch (this.#lobby.decide({ ...peer, ...assessment }, session.remoteHost)) {
      case 'let-in':
        await this.#admit(session, assessment);
        return;
      case 'ask':
        this.#lobby.add(session, assessment);
        session.start({ isWaiting: true });
        return;
      case 'declined':
        notices.addRefusal(declinedNotice(peer.name), peer.name);
        await session.close(CloseCode.declined, 'the host did not let you in');
        return;
      case 'held':
        await session.close(CloseCode.declined, 'the host did not let you in');
        return;
      case 'full':
        await session.close(CloseCode.lobbyFull, 'too many wait to be let in');
    }
  }

  /** Lets a guest in. Does nothing if it is gone. */
  async letIn(id: string): Promise<void> {
    const session = this.#lobby.letIn(id);
    if (session === undefined) return;
    // Again: what was known of the name may have changed since the knock.
    const assessment = await this.#assess(session);
    if (assessment !== undefined) await this.#admit(session, assessment);
    this.#lobby.report();
  }

  /** Declines a guest, which cannot ask again for ten minutes. Does nothing if it is gone. */
  decline(id: string): Promise<void> {
    return this.#lobby.decline(id);
  }

  /** The session of a guest that waits has ended. */
  remove(session: PeerSession): void {
    this.#lobby.remove(session);
  }

  /** Ends the sessions of all who wait, because the call is over. */
  closeLobby(code: number): Promise<void> {
    return this.#lobby.clear(code);
  }

  async #admit(session: PeerSession, assessment: IdentityAssessment): Promise<void> {
    const { admission, onAdmitted } = this.#options;
    const { peer } = session.security;
    if (this.#isTurnedAway(session)) return;
    admission.reserve(peer);
    try {
      // Before the guest is in the call. It remembers its host only then.
      await admission.remember(peer, assessment);
    } catch (error) {
      admission.release(peer);
      await this.#refuse(session, error);
      return;
    }
    if (session.isOver || this.#options.signal.aborted) {
      admission.release(peer);
      await session.close(this.#options.closeCode(), '');
      return;
    }
    this.#lobby.close(peer);
    onAdmitted(session, assessment);
  }

  /** @returns undefined if the identity of the peer does not match the known one */
  async #assess(session: PeerSession): Promise<IdentityAssessment | undefined> {
    try {
      return await this.#options.admission.assess(session.security.peer);
    } catch (error) {
      await this.#refuse(session, error);
      return undefined;
    }
  }

  /** Only a verified peer learns that the room is full and that its password was right. */
  #isTurnedAway(session: PeerSession): boolean {
    const { admission, notices, signal } = this.#options;
    const { peer } = session.security;
    if (signal.aborted) void session.close(this.#options.closeCode(), '');
    else if (admission.isFullFor(peer)) {
      notices.addRefusal(roomFullNotice(peer.name), peer.name);
      void session.close(CloseCode.roomFull, 'the room is full');
    } else return false;
    return true;
  }

  /** The identity of the peer does not match the known one. */
  async #refuse(session: PeerSession, error: unknown): Promise<void> {
    this.#options.notices.addRefusal(error, toHex(session.security.peer.identity));
    await session.close(CloseCode.identityRefused, 'the identity has changed');
  }
}
