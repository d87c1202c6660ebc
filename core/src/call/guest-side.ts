import type { ChannelEnd } from '../secure/channel.js';
import type { HandshakeConnection } from '../secure/handshake-connection.js';
import { CloseCode } from '../secure/records.js';
import { sleep } from '../util/clock.js';
import { asError, deferred, settleOrAbort } from '../util/deferred.js';
import type { IdentityAssessment } from './admission-control.js';
import type { CallContext, CallSide } from './call-side.js';
import type { CallRole } from './call-types.js';
import { BIND_TIMEOUT_MS } from './dial-reverse-connection.js';
import { GuestConnector } from './guest-connector.js';
import { finalEnd, guessNotice, hostNotBackError } from './notices.js';
import type { PeerSession } from './peer-session.js';
import { SearchLimit } from './search-limit.js';
import type { CallState } from './state.js';

/**
 * How often a guest tries again, ms, if the host has not accepted it or ends each session at once
 * (`docs/protocol.md`, Close).
 */
const RETRY_PAUSE_MS = 2_000;

/** The guest of a call: looks for the host, checks its identity, and looks again when it is gone. */
export class GuestSide implements CallSide {
  readonly #call: CallContext;
  readonly #connector: GuestConnector;
  readonly #searchLimit: SearchLimit;
  /** The session for which a reverse connection waits. */
  #bindableSession = deferred<PeerSession>();
  /** When the last session began, by the clock of the call. */
  #sessionBeganAt = 0;
  #hostAdmitsUs: (() => void) | undefined;

  constructor({ locator, guesses }: CallRole & { readonly kind: 'guest' }, call: CallContext) {
    const { room, dependencies } = call;
    const { transport, cipher, clock, logger } = dependencies;
    this.#call = call;
    this.#connector = new GuestConnector({
      transport,
      cipher,
      room,
      locator,
      guesses,
      clock,
      handlers: {
        onReached: ({ host }) => call.dispatch({ type: 'reach', host }),
        onDialFailed: (error) => {
          logger.debug('An attempt to reach the host failed', { error });
        },
        onRetry: () => {
          if (call.state.phase === 'connecting') call.dispatch({ type: 'search' });
        },
        onPasswordGuessed: () => call.notice('refused', guessNotice(room.owner)),
        onReverseConnection: (connection, request) =>
          this.#bindReverseConnection(connection, request),
      },
    });
    this.#searchLimit = new SearchLimit(clock, (lastPartner) => {
      const error = hostNotBackError(lastPartner, room.account.identity.publicKey);
      void call.end({ kind: 'failed', error });
    });
  }

  open(signal: AbortSignal): Promise<void> {
    return this.#connector.open(signal);
  }

  begin(): void {
    void this.#search();
  }

  /** Whether the identity of the host matches the known one. */
  async receive(session: PeerSession): Promise<void> {
    const { admission, signal } = this.#call;
    let assessment: IdentityAssessment;
    try {
      assessment = await admission.assess(session.security.peer);
    } catch (error) {
      await this.#refuse(session, error);
      return;
    }
    if (signal.aborted) await session.close(CloseCode.leaving, '');
    else this.#setSession(session, assessment);
  }

  onAdmitted(): void {
    this.#hostAdmitsUs?.();
  }

  async onSessionEnd(session: PeerSession, end: ChannelEnd): Promise<void> {
    const { dependencies } = this.#call;
    const { name } = session.security.peer;
    this.#hostAdmitsUs = undefined;
    this.#bindableSession = deferred();
    if (end.kind === 'closed' && end.code === CloseCode.identityRefused) {
      this.#call.dispatch({ type: 'unaccepted', role: 'guest', name });
      await this.#searchAgain();
      return;
    }
    const final = finalEnd(end, name);
    if (final !== undefined) {
      await this.#call.end(final);
      return;
    }
    this.#call.dispatch({
      type: 'lost',
      role: 'guest',
      kind: end.kind === 'closed' ? 'left' : 'lost',
    });
    const hasLasted = dependencies.clock.now() - this.#sessionBeganAt >= RETRY_PAUSE_MS;
    await (hasLasted ? this.#search() : this.#searchAgain());
  }

  onState(state: CallState): void {
    this.#searchLimit.update(state);
  }

  stop(): void {
    this.#bindableSession.reject(new Error('the call is over'));
  }

  close(): readonly Promise<void>[] {
    return [this.#connector.close()];
  }

  async #search(): Promise<void> {
    try {
      await this.#call.connect(await this.#connector.connect());
    } catch (error) {
      await this.#call.end({ kind: 'failed', error: asError(error) });
    }
  }

  /** Tries again, because the host may accept it, or ended a session that had just begun. */
  async #searchAgain(): Promise<void> {
    const { dependencies, signal } = this.#call;
    try {
      await sleep(dependencies.clock, RETRY_PAUSE_MS, signal);
    } catch {
      return; // The call is over.
    }
    await this.#search();
  }

  async #refuse(session: PeerSession, error: unknown): Promise<void> {
    await session.close(CloseCode.identityRefused, 'the identity has changed');
    await this.#call.end({ kind: 'failed', error: asError(error) });
  }

  /** The session is the one with the host, which admits this side or closes it. */
  #setSession(session: PeerSession, assessment: IdentityAssessment): void {
    const { admission, dependencies } = this.#call;
    this.#call.setSession(session);
    this.#sessionBeganAt = dependencies.clock.now();
    this.#hostAdmitsUs = () => {
      this.#call.goLive(session, assessment);
      // Only now: the host may refuse, because it knows a different identity by this name.
      admission
        .remember(session.security.peer, assessment)
        .catch((error: unknown) => void this.#refuse(session, error));
    };
    session.start();
    // A record that was already queued may have ended the session.
    if (this.#call.session === session) this.#bindableSession.resolve(session);
  }

  async #bindReverseConnection(
    connection: HandshakeConnection,
    request: Uint8Array,
  ): Promise<void> {
    // The host may open the reverse connection before its last handshake message is read here.
    const patience = AbortSignal.timeout(BIND_TIMEOUT_MS);
    const session = await settleOrAbort(this.#bindableSession.promise, patience);
    session.bindReverseConnection(connection, request);
  }
}
