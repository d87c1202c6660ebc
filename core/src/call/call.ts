import { RoomkeyError } from '../errors/index.js';
import type { RemoteVideoTrack } from '../media/remote-video-track.js';
import type { ChannelEnd } from '../secure/channel.js';
import type { HandshakeConnection } from '../secure/handshake-connection.js';
import { IdentityMismatchError } from '../people/known-peer-errors.js';
import { toHex } from '../secure/bytes.js';
import type { CompletedHandshake } from '../secure/run-handshake.js';
import { CloseCode } from '../secure/records.js';
import { captureTime } from '../camera/capture-time.js';
import { asError, deferred, settleOrAbort } from '../util/deferred.js';
import { sleep, type Clock } from '../util/clock.js';
import { Emitter, type Unsubscribe } from '../util/emitter.js';
import type { VideoKind } from '../wire/control.js';
import type { CallRoom } from './call-room.js';
import type {
  CallDependencies,
  CallEvents,
  CallRole,
  CallStatistics,
  CallTrack,
  RoomPublication,
} from './call-types.js';
import { CallTracks } from './call-tracks.js';
import { BIND_TIMEOUT_MS } from './dial-reverse-connection.js';
import type { GuessLimit } from './guess-limit.js';
import type { GuestConnector } from './guest-connector.js';
import type { HostAcceptor } from './host-acceptor.js';
import {
  endNotice,
  finalEnd,
  guessNotice,
  hostNotBackError,
  pauseNotice,
  roomFullNotice,
  type CallNotice,
} from './notices.js';
import { PeerSession } from './peer-session.js';
import { createHello } from './protocols.js';
import { AdmissionControl, type IdentityAssessment } from './admission-control.js';
import { RefusalNotifier } from './refusal-notifier.js';
import { SearchLimit } from './search-limit.js';
import { createSide } from './sides.js';
import { transition, type CallEnd, type CallEvent, type CallState } from './state.js';

/**
 * How often a guest tries whether the host has accepted it, or comes back to one that cuts every link
 * at once, ms (`docs/protocol.md`, Close).
 */
const RETRY_PAUSE_MS = 2_000;

/**
 * One call in one room: from opening the door to leaving. It survives the partner's leaving,
 * crashing and coming back; `state` says at every moment what it waits for.
 */
export class Call {
  readonly room: CallRoom;
  readonly #dependencies: CallDependencies;
  readonly #role: CallRole;
  readonly #emitter: Emitter<CallEvents>;
  /** The own camera: to be started and stopped at any time, with someone there or not. */
  readonly camera: CallTrack;
  /** The own screen, beside the camera. */
  readonly screen: CallTrack;
  /** What the participants show at the moment. */
  readonly tracks: ReadonlyMap<VideoKind, RemoteVideoTrack>;
  readonly #tracks: CallTracks;
  readonly #stop = new AbortController();
  readonly #side: HostAcceptor | GuestConnector;
  readonly #refusalNotifier = new RefusalNotifier((error) => this.#notice('refused', error));
  /** Apart from all others, so that no stranger's knocking hides who waits to be accepted. */
  readonly #mismatchNotifier = new RefusalNotifier((error) => this.#notice('refused', error));
  readonly #clock: Clock;
  readonly #searchLimit: SearchLimit;
  readonly #admission: AdmissionControl;
  #publication: RoomPublication | undefined;
  #state: CallState = { phase: 'preparing' };
  #session: PeerSession | undefined;
  /** When the last session began, by the clock. */
  #sessionBeganAt = 0;
  /** Guest: has been verified, and is to be let in. */
  #onAdmitted: (() => void) | undefined;
  /** Guest: what a connection that the host dials back waits for. */
  #bindableSession = deferred<PeerSession>();
  #opening: Promise<void> | undefined;
  #leaving: Promise<void> | undefined;

  constructor(room: CallRoom, role: CallRole, dependencies: CallDependencies) {
    this.room = room;
    this.#role = role;
    this.#dependencies = dependencies;
    this.#emitter = new Emitter((error) =>
      dependencies.logger.error('A listener for the call failed', { error }),
    );
    const { camera, codecs } = dependencies;
    this.#tracks = new CallTracks({
      camera,
      codecs,
      emitter: this.#emitter,
      signal: this.#stop.signal,
      onLost: (kind, error) => this.#notice(kind, error),
    });
    this.camera = this.#tracks.camera;
    this.screen = this.#tracks.screen;
    this.tracks = this.#tracks.remote;
    this.#admission = new AdmissionControl({
      people: dependencies.people,
      own: { name: room.account.name, identity: room.account.identity.publicKey },
      currentPeer: () => this.#session?.security.peer,
      onNotStored: (error) => this.#notice('storage', error),
    });
    this.#side = this.#createSide();
    this.#clock = dependencies.clock;
    this.#searchLimit = new SearchLimit(this.#clock, (absence) => {
      const error = hostNotBackError(absence, this.room.account.identity.publicKey);
      void this.#end({ kind: 'failed', error });
    });
  }

  on<K extends keyof CallEvents>(event: K, listener: (value: CallEvents[K]) => void): Unsubscribe {
    return this.#emitter.on(event, listener);
  }

  get state(): CallState {
    return this.#state;
  }

  get statistics(): CallStatistics {
    return { sent: this.#tracks.sent, received: this.#tracks.received };
  }

  /** The guesses that others had at the password: to be kept with it for the next call. */
  get guesses(): GuessLimit | undefined {
    return this.#role.kind === 'guest' ? this.#role.guesses : undefined;
  }

  /**
   * Opens the door: listens, and as the host makes the room known. Resolves when the call waits for
   * the partner; from then on it goes by itself until `leave()` or the state `ended`.
   *
   * @throws RoomkeyError where the room cannot be opened; the call is over then
   */
  async start(): Promise<void> {
    try {
      this.#opening = this.#open();
      await this.#opening;
    } catch (error) {
      await this.#end({ kind: 'failed', error: asError(error) });
      throw error;
    }
    this.#dispatch({ type: 'prepared', role: this.#role.kind });
    if (this.#role.kind === 'guest') void this.#search();
  }

  /**
   * Guest: waits for a host that is gone as long as one stays, as for a room that is not open yet.
   * Nothing happens where none is gone.
   */
  keepWaiting(): void {
    if ('absence' in this.#state && this.#state.phase !== 'waiting')
      this.#dispatch({ type: 'wait' });
  }

  /**
   * Says goodbye and ends the call; can be called twice.
   *
   * @param roomClosed whether the room is to be deleted, so that the partner need not wait for it
   */
  async leave(options: { readonly roomClosed?: boolean } = {}): Promise<void> {
    const code = options.roomClosed === true ? CloseCode.roomClosed : CloseCode.leaving;
    await this.#end({ kind: 'left' }, code);
  }

  async #open(): Promise<void> {
    const { signal } = this.#stop;
    signal.throwIfAborted();
    if (this.#role.kind === 'host') {
      const port = await (this.#side as HostAcceptor).open(signal);
      this.#publication = await this.#role.publisher.publish(port, signal);
    } else {
      await this.#side.open(signal);
    }
    signal.throwIfAborted();
  }

  #createSide(): HostAcceptor | GuestConnector {
    return createSide(this.#role, this.room, this.#dependencies, {
      onGuest: (guest) => void this.#onVerified(guest),
      onRefused: (error, remote) => this.#refusalNotifier.add(error, remote),
      onPause: (pause) => this.#notice('refused', pauseNotice(pause)),
      onReached: ({ host }) => this.#dispatch({ type: 'reach', host }),
      onDialFailed: (error) => {
        this.#dependencies.logger.debug('An attempt to reach the host failed', { error });
      },
      onRetry: () => this.#continueSearch(),
      onPasswordGuessed: () => this.#notice('refused', guessNotice(this.room.owner)),
      onReverseConnection: (handshakeConnection, request) =>
        this.#bindReverseConnection(handshakeConnection, request),
    });
  }

  #continueSearch(): void {
    if (this.#state.phase === 'connecting') this.#dispatch({ type: 'search' });
  }

  async #search(): Promise<void> {
    try {
      await this.#onVerified(await (this.#side as GuestConnector).connect());
    } catch (error) {
      await this.#end({ kind: 'failed', error: asError(error) });
    }
  }

  /** The peer is verified; whether it is who it was last time is not known yet. */
  async #onVerified({
    security: security,
    handshakeConnection,
  }: CompletedHandshake): Promise<void> {
    const { peer } = security;
    const { cipher, clock, codecs } = this.#dependencies;
    const session: PeerSession = new PeerSession({
      security,
      hello: createHello(codecs),
      cipher,
      handshakeConnection,
      clock: { now: () => clock.now(), wallTime: captureTime },
      handlers: {
        onAdmitted: () => this.#onAdmitted?.(),
        onReady: (hello) => {
          if (session === this.#session) this.#tracks.connect(session, hello);
        },
        onOpen: (open) => this.#tracks.onOpen(session, open),
        onTransportMode: (connections) => this.#onTransportMode(session, connections),
        onEnd: (end) => void this.#onSessionEnd(session, end),
      },
    });
    if (this.#state.phase === 'preparing') {
      await session.close(CloseCode.leaving, '');
      return;
    }
    let assessment: IdentityAssessment | 'full';
    try {
      assessment = await this.#admission.admit(peer);
      // Before it is let in; a guest waits whether it is let in itself.
      if (assessment !== 'full' && this.#role.kind === 'host') {
        await this.#admission.remember(peer, assessment);
      }
    } catch (error) {
      this.#admission.release(peer);
      await this.#refuse(session, error);
      return;
    }
    if (assessment === 'full') {
      // Only somebody verified learns that the room is full, and that it was no wrong password.
      this.#refusalNotifier.add(roomFullNotice(peer.name), peer.name);
      await session.close(CloseCode.roomFull, 'somebody else is in the room');
    } else if (this.#stop.signal.aborted) await session.close(CloseCode.leaving, '');
    else await this.#setSession(session, assessment);
  }

  /** The partner is not who it was last time. */
  async #refuse(session: PeerSession, error: unknown): Promise<void> {
    const isGuest = this.#role.kind === 'guest';
    if (!isGuest) this.#notifyOfRefusal(error, toHex(session.security.peer.identity));
    await session.close(CloseCode.identityRefused, 'another person was here under this name');
    if (isGuest) await this.#end({ kind: 'failed', error: asError(error) });
  }

  #notifyOfRefusal(error: unknown, from: string): void {
    if (error instanceof IdentityMismatchError) this.#mismatchNotifier.add(error, from);
    else if (error instanceof RoomkeyError) this.#refusalNotifier.add(error, from);
    else this.#notice('refused', error);
  }

  async #setSession(session: PeerSession, assessment: IdentityAssessment): Promise<void> {
    const { cipher, transport } = this.#dependencies;
    const { peer, words } = session.security;
    const replaced = this.#session;
    this.#tracks.disconnect();
    this.#session = session;
    this.#sessionBeganAt = this.#clock.now();
    this.#admission.release(peer);
    if (replaced !== undefined) void replaced.close(CloseCode.replaced, 'joined from elsewhere');
    const goLive = (): void =>
      this.#dispatch({
        type: 'connected',
        participant: { ...peer, ...assessment, words, cipher: cipher.name },
      });
    if (this.#role.kind === 'host') {
      goLive();
      session.start();
      if (this.#session === session)
        await session.openReverseConnection(transport, this.#stop.signal);
      return;
    }
    // The host may know another identity by this name, or have somebody else in.
    this.#onAdmitted = () => {
      goLive();
      this.#admission
        .remember(peer, assessment)
        .catch((error: unknown) => void this.#refuse(session, error));
    };
    session.start();
    // What waited to be read may have been the end.
    if (this.#session === session) this.#bindableSession.resolve(session);
  }

  async #bindReverseConnection(
    handshakeConnection: HandshakeConnection,
    request: Uint8Array,
  ): Promise<void> {
    // The host may dial back before its last handshake message is read here.
    const patience = AbortSignal.timeout(BIND_TIMEOUT_MS);
    const session = await settleOrAbort(this.#bindableSession.promise, patience);
    session.bindReverseConnection(handshakeConnection, request);
  }

  #onTransportMode(session: PeerSession, connections: 1 | 2): void {
    if (session === this.#session) this.#dispatch({ type: 'route', connections });
  }

  async #onSessionEnd(session: PeerSession, end: ChannelEnd): Promise<void> {
    if (session !== this.#session) return;
    this.#session = undefined;
    this.#onAdmitted = undefined;
    this.#bindableSession = deferred();
    this.#tracks.disconnect();
    const { peer } = session.security;
    const { kind: role } = this.#role;
    if (end.kind === 'closed' && end.code === CloseCode.identityRefused) {
      this.#dispatch({ type: 'unaccepted', role, name: peer.name });
      if (role === 'guest') await this.#searchAgain();
      return;
    }
    const final = finalEnd(end);
    const notice = endNotice(end);
    if (notice !== undefined && role === 'host') this.#refusalNotifier.add(notice, peer.name);
    if (final !== undefined && role === 'guest') {
      await this.#end(final);
      return;
    }
    if (end.kind !== 'closed') {
      this.#dependencies.logger.debug('The connection broke', { error: end.error });
    }
    this.#dispatch({ type: 'lost', role, kind: end.kind === 'closed' ? 'left' : 'lost' });
    if (role === 'host') return;
    const hasLasted = this.#clock.now() - this.#sessionBeganAt >= RETRY_PAUSE_MS;
    await (hasLasted ? this.#search() : this.#searchAgain());
  }

  /** Guest: the host may accept it at any moment, or has cut a link that had only begun. */
  async #searchAgain(): Promise<void> {
    try {
      await sleep(this.#clock, RETRY_PAUSE_MS, this.#stop.signal);
    } catch {
      return; // The call is over.
    }
    await this.#search();
  }

  #end(end: CallEnd, code: number = CloseCode.leaving): Promise<void> {
    this.#leaving ??= this.#tearDown(end, code);
    return this.#leaving;
  }

  async #tearDown(end: CallEnd, code: number): Promise<void> {
    this.#stop.abort(new RoomkeyError('RK_CLOSED', 'The call is over.'));
    this.#refusalNotifier.stop();
    this.#mismatchNotifier.stop();
    this.#tracks.disconnect();
    const session = this.#session;
    this.#session = undefined;
    this.#bindableSession.reject(new Error('the call is over'));
    // What is being opened at this moment is there to be closed only when that is done.
    await this.#opening?.catch(() => undefined);
    const results = await Promise.allSettled([
      session?.close(code, ''),
      this.#publication?.stop(),
      this.#side.close(),
      this.camera.stop(),
      this.screen.stop(),
      this.#admission.settled(),
    ]);
    for (const result of results) {
      if (result.status === 'rejected') {
        this.#dependencies.logger.warn('Leaving the room did not go smoothly', {
          error: result.reason as unknown,
        });
      }
    }
    this.room.passwordSecret?.fill(0);
    this.#dispatch({ type: 'end', end });
  }

  #dispatch(event: CallEvent): void {
    if (this.#state.phase === 'ended') return;
    const before = this.#state.phase;
    const next = transition(this.#state, event);
    if (next === this.#state) return;
    this.#state = next;
    this.#searchLimit.update(next);
    const { phase } = next;
    if ((phase === 'live') !== (before === 'live')) this.#announceFull(phase === 'live');
    this.#emitter.emit('state', this.#state);
  }

  /** Only a hint to those who look at the list: the call goes on without. */
  #announceFull(full: boolean): void {
    try {
      this.#publication?.setFull(full);
    } catch (error) {
      this.#dependencies.logger.warn('The room’s beacon could not be changed', { error });
    }
  }

  #notice(topic: CallNotice['topic'], error: unknown): void {
    this.#emitter.emit('notice', { topic, error: asError(error) });
  }
}
