import { RoomkeyError } from '../errors/index.js';
import type { RemoteVideoTrack } from '../media/remote-video-track.js';
import type { ChannelEnd } from '../secure/channel.js';
import type { CompletedHandshake } from '../secure/run-handshake.js';
import { CloseCode } from '../secure/records.js';
import { captureTime } from '../camera/capture-time.js';
import { asError } from '../util/deferred.js';
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
} from './call-types.js';
import { CallProtocols } from './call-protocols.js';
import type { CallContext, CallSide } from './call-side.js';
import { CallSound } from './call-sound.js';
import { CallTracks } from './call-tracks.js';
import type { GuessLimit } from './guess-limit.js';
import { GuestSide } from './guest-side.js';
import type { HostAdmission } from './host-admission.js';
import { HostSide } from './host-side.js';
import type { CallNotice } from './notices.js';
import { PeerSession } from './peer-session.js';
import { AdmissionControl, type IdentityAssessment } from './admission-control.js';
import type { Knock } from './lobby.js';
import { transition, type CallEnd, type CallEvent, type CallState } from './state.js';

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
  readonly #side: CallSide;
  readonly #admission: AdmissionControl;
  /** Host. */
  readonly #hostAdmission: HostAdmission | undefined;
  #state: CallState = { phase: 'preparing' };
  #session: PeerSession | undefined;
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
    const context = this.#context();
    if (role.kind === 'host') {
      const side = new HostSide(role, context, () => this.#emitter.emit('knocks', this.knocks));
      this.#hostAdmission = side.admission;
      this.#side = side;
    } else {
      this.#side = new GuestSide(role, context);
    }
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
    this.#side.begin?.();
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

  #context(): CallContext {
    const state = (): CallState => this.#state;
    const session = (): PeerSession | undefined => this.#session;
    const closeCode = (): number => this.#closeCode;
    return {
      room: this.room,
      dependencies: this.#dependencies,
      admission: this.#admission,
      signal: this.#stop.signal,
      get state() {
        return state();
      },
      get session() {
        return session();
      },
      get closeCode() {
        return closeCode();
      },
      connect: (handshake) => this.#onVerified(handshake),
      setSession: (next) => this.#setSession(next),
      goLive: (live, assessment) => this.#goLive(live, assessment),
      dispatch: (event) => this.#dispatch(event),
      notice: (topic, error) => this.#notice(topic, error),
      end: (end) => this.#end(end),
    };
  }

  async #open(): Promise<void> {
    const { signal } = this.#stop;
    signal.throwIfAborted();
    await this.#side.open(signal);
    signal.throwIfAborted();
  }

  /** The peer proved its identity; whether that identity is the known one is checked next. */
  async #onVerified({ security, handshakeConnection }: CompletedHandshake): Promise<void> {
    const { cipher, clock } = this.#dependencies;
    const session: PeerSession = new PeerSession({
      security,
      hello: { ...this.#protocols.hello, ...(isUnattended(this.#role) && { unattended: true }) },
      cipher,
      handshakeConnection,
      clock: { now: () => clock.now(), wallTime: captureTime },
      handlers: {
        onWaiting: () => {
          const { name } = security.peer;
          if (session === this.#session) this.#dispatch({ type: 'knock', name });
        },
        onAdmitted: () => this.#side.onAdmitted?.(),
        onReady: (hello, classes) => {
          if (session !== this.#session) return;
          // The reverse connection can be here before the hello.
          if (session.isUnattended) this.#dispatch({ type: 'unattended' });
          this.#protocols.connect(session, hello, classes);
        },
        onOpen: (open) => this.#protocols.onOpen(session, open),
        onTransportMode: (connections) => {
          if (session === this.#session) this.#dispatch({ type: 'route', connections });
        },
        onEnd: (end) => void this.#onSessionEnd(session, end),
      },
    });
    if (this.#state.phase === 'preparing') await session.close(CloseCode.leaving, '');
    else await this.#side.receive(session);
  }

  #setSession(session: PeerSession): void {
    const replaced = this.#session;
    this.#protocols.disconnect();
    this.#session = session;
    void replaced?.close(CloseCode.replaced, 'you joined from elsewhere');
  }

  #goLive({ security, isUnattended }: PeerSession, assessment: IdentityAssessment): void {
    const { peer, words } = security;
    const { name: cipher } = this.#dependencies.cipher;
    const participant = {
      ...peer,
      ...assessment,
      words,
      cipher,
      ...(isUnattended && ({ unattended: true } as const)),
    };
    this.#dispatch({ type: 'connected', participant });
  }

  async #onSessionEnd(session: PeerSession, end: ChannelEnd): Promise<void> {
    if (session !== this.#session) {
      this.#side.onOtherSessionEnd?.(session);
      return;
    }
    this.#session = undefined;
    this.#protocols.disconnect();
    if (end.kind !== 'closed') {
      this.#dependencies.logger.debug('The connection broke', { error: end.error });
    }
    await this.#side.onSessionEnd(session, end);
  }

  #end(end: CallEnd, code: number = CloseCode.leaving): Promise<void> {
    this.#leaving ??= this.#tearDown(end, code);
    return this.#leaving;
  }

  async #tearDown(end: CallEnd, code: number): Promise<void> {
    this.#closeCode = code;
    this.#stop.abort(new RoomkeyError('RK_CLOSED', 'The call is over.'));
    this.#side.stop();
    this.#protocols.disconnect();
    const session = this.#session;
    this.#session = undefined;
    // What is being opened can be closed only once it is open.
    await this.#opening?.catch(() => undefined);
    const results = await Promise.allSettled([
      session?.close(code, ''),
      ...this.#side.close(),
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
    const next = transition(this.#state, event);
    if (next === this.#state) return;
    this.#state = next;
    this.#side.onState(next);
    this.#emitter.emit('state', this.#state);
  }

  #notice(topic: CallNotice['topic'], error: unknown): void {
    this.#emitter.emit('notice', { topic, error: asError(error) });
  }
}

/** Whether guests come in though no one may be looking: where a person is, they are asked about. */
function isUnattended(role: CallRole): boolean {
  return role.kind === 'host' && role.letIn === 'known';
}
