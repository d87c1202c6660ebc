import { RoomkeyError } from '../errors/index.js';
import type { RemoteVideoTrack } from '../media/remote-video-track.js';
import type { ChannelEnd } from '../secure/channel.js';
import type { HandshakeConnection } from '../secure/handshake-connection.js';
import type { CompletedHandshake } from '../secure/run-handshake.js';
import { CloseCode } from '../secure/records.js';
import { captureTime } from '../camera/capture-time.js';
import { asError, deferred, settleOrAbort } from '../util/deferred.js';
import { sleep, type Clock } from '../util/clock.js';
import { Emitter, type Unsubscribe } from '../util/emitter.js';
import type { StreamProtocol } from '../streams/stream-protocol.js';
import type { VideoKind } from '../wire/video-kind.js';
import type { CallRoom } from './call-room.js';
import type {
  CallAudioInput,
  CallDependencies,
  CallEvents,
  CallMicrophone,
  CallRole,
  CallSpeaker,
  CallStatistics,
  CallTrack,
  RoomPublication,
} from './call-types.js';
import { CallSound } from './call-sound.js';
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
  type CallNotice,
} from './notices.js';
import { PeerSession } from './peer-session.js';
import { AdmissionControl, type IdentityAssessment } from './admission-control.js';
import { HostAdmission } from './host-admission.js';
import type { Knock } from './lobby.js';
import { HostNotices } from './host-notices.js';
import { CallProtocols } from './call-protocols.js';
import { SearchLimit } from './search-limit.js';
import { createSide } from './sides.js';
import { transition, type CallEnd, type CallEvent, type CallState } from './state.js';

/**
 * How often a guest tries again, ms, if the host has not accepted it or ends each session at once
 * (`docs/protocol.md`, Close).
 */
const RETRY_PAUSE_MS = 2_000;

/**
 * One call in one room, from listening to leaving. It survives if the partner leaves, crashes or
 * returns; `state` always says what it waits for.
 */
export class Call {
  readonly room: CallRoom;
  readonly #dependencies: CallDependencies;
  readonly #role: CallRole;
  readonly #emitter: Emitter<CallEvents>;
  /** The user's camera, which can start and stop at any time, with a partner or without. */
  readonly camera: CallTrack;
  /** The user's screen, beside the camera. */
  readonly screen: CallTrack;
  /** The tracks of the other participants that are on now. */
  readonly tracks: ReadonlyMap<VideoKind, RemoteVideoTrack>;
  readonly #tracks: CallTracks;
  /** The user's microphone, which can start and stop at any time, with a partner or without. */
  readonly microphone: CallMicrophone;
  /** The sound of the user's screen, beside the microphone. */
  readonly screenAudio: CallAudioInput;
  /** The user's loudspeaker, which plays what the other participants send. */
  readonly speaker: CallSpeaker;
  readonly #sound: CallSound;
  /** The tracks, and what was added. */
  readonly #protocols: CallProtocols;
  readonly #stop = new AbortController();
  readonly #side: HostAcceptor | GuestConnector;
  readonly #hostNotices = new HostNotices((error) => this.#notice('refused', error));
  readonly #clock: Clock;
  readonly #searchLimit: SearchLimit;
  readonly #admission: AdmissionControl;
  /** Host. */
  readonly #hostAdmission: HostAdmission | undefined;
  #publication: RoomPublication | undefined;
  #state: CallState = { phase: 'preparing' };
  #session: PeerSession | undefined;
  /** When the last session began, by `#clock`. */
  #sessionBeganAt = 0;
  /** Guest: called when the host admits it. */
  #onAdmitted: (() => void) | undefined;
  /** Guest: the session for which a reverse connection waits. */
  #bindableSession = deferred<PeerSession>();
  #opening: Promise<void> | undefined;
  /** Of this call, once it is over. */
  #closeCode: number = CloseCode.leaving;
  #leaving: Promise<void> | undefined;

  constructor(room: CallRoom, role: CallRole, dependencies: CallDependencies) {
    this.room = room;
    this.#role = role;
    this.#dependencies = dependencies;
    this.#emitter = new Emitter((error) =>
      dependencies.logger.error('A listener for the call failed', { error }),
    );
    const { audio, camera, clock, codecs } = dependencies;
    this.#tracks = new CallTracks({
      camera,
      clock,
      codecs,
      emitter: this.#emitter,
      signal: this.#stop.signal,
      onLost: (kind, error) => this.#notice(kind, error),
    });
    this.camera = this.#tracks.camera;
    this.screen = this.#tracks.screen;
    this.tracks = this.#tracks.remote;
    this.#sound = new CallSound({
      audio,
      clock,
      emitter: this.#emitter,
      signal: this.#stop.signal,
      onLost: (device, error) => this.#notice(device, error),
    });
    this.microphone = this.#sound.microphone;
    this.screenAudio = this.#sound.screenAudio;
    this.speaker = this.#sound.speaker;
    this.#protocols = new CallProtocols(dependencies.logger);
    this.add(this.#tracks);
    this.add(this.#sound);
    this.#admission = new AdmissionControl({
      people: dependencies.people,
      own: { name: room.account.name, identity: room.account.identity.publicKey },
      currentPeer: () => this.#session?.security.peer,
      onNotStored: (error) => this.#notice('storage', error),
    });
    this.#clock = clock;
    this.#hostAdmission =
      role.kind === 'host'
        ? new HostAdmission({
            letIn: role.letIn,
            admission: this.#admission,
            notices: this.#hostNotices,
            clock: this.#clock,
            signal: this.#stop.signal,
            closeCode: () => this.#closeCode,
            onAdmitted: (session, assessment) => this.#setGuestSession(session, assessment),
            onKnocks: () => this.#emitter.emit('knocks', this.knocks),
          })
        : undefined;
    this.#side = this.#createSide();
    this.#searchLimit = new SearchLimit(this.#clock, (lastPartner) => {
      const error = hostNotBackError(lastPartner, this.room.account.identity.publicKey);
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
    const { sent, received } = this.#tracks;
    return {
      sent: { ...sent, ...this.#sound.sent },
      received: { ...received, ...this.#sound.received },
    };
  }

  /** Counts how often others could guess at the password; keep it with the password for the next call. */
  get guesses(): GuessLimit | undefined {
    return this.#role.kind === 'guest' ? this.#role.guesses : undefined;
  }

  /**
   * Adds a protocol that the call carries beside the tracks, with peers that speak it too. Call it
   * before `start`.
   *
   * @throws Error after `start`, or if the call has a protocol of this name
   */
  add(protocol: StreamProtocol): void {
    if (this.#opening !== undefined) throw new Error('The call has started.');
    this.#protocols.add(protocol);
  }

  /**
   * Listens, and publishes the room if this is the host. Resolves when the call waits for the partner;
   * then it runs until `leave()` or the state `ended`.
   *
   * @throws RoomkeyError if the room cannot be opened; the call has then ended
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

  /** Host: the guests who wait to be let in, oldest first; at most four. */
  get knocks(): readonly Knock[] {
    return this.#hostAdmission?.knocks ?? [];
  }

  /**
   * Host: lets a guest in. Resolves when it is in the call, or is gone.
   *
   * @param id `Knock.id`
   */
  async letIn(id: string): Promise<void> {
    await this.#hostAdmission?.letIn(id);
  }

  /**
   * Host: declines a guest. Its identity and its address cannot ask again for ten minutes.
   *
   * @param id `Knock.id`
   */
  async decline(id: string): Promise<void> {
    await this.#hostAdmission?.decline(id);
  }

  /**
   * Guest: waits without a limit for a host that left, as for a room that is not open yet. Does
   * nothing if no host has left.
   */
  keepWaiting(): void {
    if ('lastPartner' in this.#state && this.#state.phase !== 'waiting')
      this.#dispatch({ type: 'wait' });
  }

  /**
   * Sends a close to the partner and ends the call. Idempotent.
   *
   * @param options.roomClosed whether the room is deleted, so that the partner does not wait for it
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
      onRefused: (error, remote) => this.#hostNotices.addRefusal(error, remote),
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

  /** The peer proved its identity; whether that identity is the known one is checked next. */
  async #onVerified({ security, handshakeConnection }: CompletedHandshake): Promise<void> {
    const { peer } = security;
    const { cipher, clock } = this.#dependencies;
    const session: PeerSession = new PeerSession({
      security,
      hello: this.#protocols.hello,
      cipher,
      handshakeConnection,
      clock: { now: () => clock.now(), wallTime: captureTime },
      handlers: {
        onWaiting: () => {
          if (session === this.#session) this.#dispatch({ type: 'knock', name: peer.name });
        },
        onAdmitted: () => this.#onAdmitted?.(),
        onReady: (hello, classes) => {
          if (session === this.#session) this.#protocols.connect(session, hello, classes);
        },
        onOpen: (open) => this.#protocols.onOpen(session, open),
        onTransportMode: (connections) => this.#onTransportMode(session, connections),
        onEnd: (end) => void this.#onSessionEnd(session, end),
      },
    });
    if (this.#state.phase === 'preparing') await session.close(CloseCode.leaving, '');
    else if (this.#hostAdmission !== undefined) await this.#hostAdmission.receive(session);
    else await this.#onHostVerified(session);
  }

  /** Guest: whether the identity of the host matches the known one. */
  async #onHostVerified(session: PeerSession): Promise<void> {
    let assessment: IdentityAssessment;
    try {
      assessment = await this.#admission.assess(session.security.peer);
    } catch (error) {
      await this.#refuseHost(session, error);
      return;
    }
    if (this.#stop.signal.aborted) await session.close(CloseCode.leaving, '');
    else this.#setHostSession(session, assessment);
  }

  async #refuseHost(session: PeerSession, error: unknown): Promise<void> {
    await session.close(CloseCode.identityRefused, 'the identity has changed');
    await this.#end({ kind: 'failed', error: asError(error) });
  }

  /** Guest: the session is the one with the host, which admits it or closes it. */
  #setHostSession(session: PeerSession, assessment: IdentityAssessment): void {
    const { peer } = session.security;
    this.#replaceSession(session);
    this.#onAdmitted = () => {
      this.#goLive(session, assessment);
      // Only now: the host may refuse, because it knows a different identity by this name.
      this.#admission
        .remember(peer, assessment)
        .catch((error: unknown) => void this.#refuseHost(session, error));
    };
    session.start();
    // A record that was already queued may have ended the session.
    if (this.#session === session) this.#bindableSession.resolve(session);
  }

  /** Host: the guest is in the call. */
  #setGuestSession(session: PeerSession, assessment: IdentityAssessment): void {
    const { transport } = this.#dependencies;
    this.#replaceSession(session);
    this.#admission.release(session.security.peer);
    this.#goLive(session, assessment);
    session.admit();
    if (this.#session === session) void session.openReverseConnection(transport, this.#stop.signal);
  }

  #replaceSession(session: PeerSession): void {
    const replaced = this.#session;
    this.#protocols.disconnect();
    this.#session = session;
    this.#sessionBeganAt = this.#clock.now();
    void replaced?.close(CloseCode.replaced, 'you joined from elsewhere');
  }

  #goLive({ security }: PeerSession, assessment: IdentityAssessment): void {
    const { peer, words } = security;
    const participant = { ...peer, ...assessment, words, cipher: this.#dependencies.cipher.name };
    this.#dispatch({ type: 'connected', participant });
  }

  async #bindReverseConnection(
    handshakeConnection: HandshakeConnection,
    request: Uint8Array,
  ): Promise<void> {
    // The host may open the reverse connection before its last handshake message is read here.
    const patience = AbortSignal.timeout(BIND_TIMEOUT_MS);
    const session = await settleOrAbort(this.#bindableSession.promise, patience);
    session.bindReverseConnection(handshakeConnection, request);
  }

  #onTransportMode(session: PeerSession, connections: 1 | 2): void {
    if (session === this.#session) this.#dispatch({ type: 'route', connections });
  }

  async #onSessionEnd(session: PeerSession, end: ChannelEnd): Promise<void> {
    if (session !== this.#session) {
      this.#hostAdmission?.remove(session);
      return;
    }
    this.#session = undefined;
    this.#onAdmitted = undefined;
    this.#bindableSession = deferred();
    this.#protocols.disconnect();
    const { peer } = session.security;
    const { kind: role } = this.#role;
    if (end.kind === 'closed' && end.code === CloseCode.identityRefused) {
      this.#dispatch({ type: 'unaccepted', role, name: peer.name });
      if (role === 'guest') await this.#searchAgain();
      return;
    }
    const final = finalEnd(end, peer.name);
    const notice = endNotice(end);
    if (notice !== undefined && role === 'host')
      this.#hostNotices.addStoppedCall(notice, peer.identity);
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

  /** Guest: tries again, because the host may accept it, or ended a session that had just begun. */
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
    this.#closeCode = code;
    this.#stop.abort(new RoomkeyError('RK_CLOSED', 'The call is over.'));
    this.#hostNotices.stop();
    this.#protocols.disconnect();
    const session = this.#session;
    this.#session = undefined;
    this.#bindableSession.reject(new Error('the call is over'));
    // What is being opened can be closed only once it is open.
    await this.#opening?.catch(() => undefined);
    const results = await Promise.allSettled([
      session?.close(code, ''),
      this.#hostAdmission?.closeLobby(code),
      this.#publication?.stop(),
      this.#side.close(),
      this.camera.stop(),
      this.screen.stop(),
      this.#sound.stop(),
      this.#admission.settled(),
    ]);
    for (const result of results) {
      if (result.status === 'rejected') {
        this.#dependencies.logger.warn('The room could not be left cleanly', {
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

  /** Only a hint for the lists of others: the call continues without it. */
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
