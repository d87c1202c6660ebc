import {
  hasCode,
  RoomkeyError,
  type Call,
  type Logger,
  type RoomEntry,
  type Roomkey,
  type SignedIn,
} from '@roomkey/core/host';
import type { AppEvent, CallPhase, CallView, Settings } from '../messages/index.js';
import { CallCamera } from './call-camera.js';
import { captureRequest, phaseOf } from './call-view.js';
import { failureOf } from './failure.js';
import type { PageSession } from './page-session.js';
import type { RememberedPassword, RoomFeed } from './room-feed.js';

const STATISTICS_INTERVAL_MS = 1_000;

type LivePhase = Extract<CallPhase, { phase: 'live' }>;

/** What calls work with. */
export interface CallOptions {
  readonly calls: Roomkey['calls'];
  readonly rooms: RoomFeed;
  readonly settings: () => Settings;
  /** The page in use. */
  readonly page: () => PageSession | undefined;
  readonly emit: (event: AppEvent) => void;
  /** The call's view is another. */
  readonly onChange: () => void;
  readonly logger: Logger;
}

/** A call as the page sees it, from the derivation of the key until the next one. */
export class ActiveCall {
  /** Who called. */
  readonly account: SignedIn;
  readonly room: RoomEntry;
  readonly camera: CallCamera;
  readonly #options: CallOptions;
  readonly #entering: Promise<Call>;
  readonly #password: string | undefined;
  #phase: CallPhase;
  #call: Call | undefined;
  #isLeft = false;
  #isRefused = false;
  /** Who was there last, and would come back by itself. */
  #partner: LivePhase['partner'] | undefined;
  #statistics: NodeJS.Timeout | undefined;

  constructor(
    account: SignedIn,
    room: RoomEntry,
    password: RememberedPassword | undefined,
    options: CallOptions,
    /** The call before, which is over. */
    before?: ActiveCall,
  ) {
    this.account = account;
    this.room = room;
    this.#options = options;
    this.#password = password?.password;
    this.#phase = { phase: password === undefined ? 'preparing' : 'deriving-key' };
    const codecs = [...new Set(['jpeg' as const, ...(options.page()?.codecs ?? [])])];
    const isNewPassword = before?.wasRefused(room.id, this.#password) === true;
    this.#entering = options.calls.open(account, room, { ...password, codecs, isNewPassword });
    this.camera = new CallCamera({
      call: this.#entering,
      request: () => captureRequest(options.settings()),
      page: options.page,
      onChange: options.onChange,
      failureOf: (error) => failureOf(error, options.logger),
    });
    void this.#entering.then(
      (call) => this.#follow(call),
      () => undefined,
    );
  }

  get view(): CallView {
    const { id, name, owner, mine, password } = this.room;
    const room = { id, name, owner: owner.name, mine, password };
    return { room, state: this.#phase, camera: this.camera.view };
  }

  get isOver(): boolean {
    return this.#phase.phase === 'ended';
  }

  /**
   * Whether this is the password that was refused as another than last time: who gives it once more
   * means it.
   */
  wasRefused(roomId: string, password: string | undefined): boolean {
    return this.#isRefused && this.room.id === roomId && this.#password === password;
  }

  /**
   * Resolves when the partner is waited for, or somebody left meanwhile; or the password is not the
   * one of last time, which the state says.
   *
   * @throws RoomkeyError as `Calls.open` and `Call.start` do
   */
  async enter(): Promise<void> {
    try {
      const call = await this.#entering;
      if (!this.#isLeft) await call.start();
    } catch (error) {
      if (this.#isLeft) return;
      if (!hasCode(error, 'RK_ROOM_PASSWORD_CHANGED')) throw error;
      this.#refuse(error);
    }
  }

  /** Whether it came to be: that it failed is shown by its state then. */
  get hasBegun(): boolean {
    return this.#call !== undefined;
  }

  async leave(roomClosed: boolean): Promise<void> {
    this.#isLeft = true;
    this.camera.end();
    // A derivation cannot be broken off; what comes of it is left at once.
    const call = await this.#entering.catch(() => undefined);
    await call?.leave({ roomClosed });
  }

  keepWaiting(): void {
    this.#call?.keepWaiting();
  }

  requestKeyFrame(): void {
    this.#call?.requestKeyFrame();
  }

  #refuse(error: RoomkeyError): void {
    const { rooms, logger, onChange } = this.#options;
    this.#isRefused = true;
    rooms.lock(this.room.id);
    this.camera.end();
    this.#phase = { phase: 'ended', end: { kind: 'failed', failure: failureOf(error, logger) } };
    onChange();
  }

  #follow(call: Call): void {
    const password = this.#password;
    const { rooms, page, emit, logger, onChange } = this.#options;
    this.#call = call;
    call.on('state', (state) => {
      this.#phase =
        phaseOf(state, this.account.name, (error) => failureOf(error, logger)) ?? this.#phase;
      const fault = state.phase === 'ended' && state.end.kind === 'failed' && state.end.error;
      // Whoever recognises the other, or does not, was shown that the password is right.
      const isRight =
        state.phase === 'live' ||
        hasCode(fault, 'RK_PERSON_CHANGED') ||
        ('absence' in state && state.absence.kind === 'unaccepted');
      if (isRight && password !== undefined) {
        rooms.unlock(this.room.id, password, call.guesses);
      }
      // Either it is wrong, or others had too many guesses at it: it has to be typed again.
      if (hasCode(fault, 'RK_HANDSHAKE_FAILED') || hasCode(fault, 'RK_PASSWORD_GUESSED')) {
        rooms.lock(this.room.id);
      }
      if (state.phase === 'ended') this.camera.end();
      this.#guardCamera(this.#phase);
      this.#measure(state.phase === 'live');
      onChange();
    });
    call.on('notice', ({ topic, error }) => {
      if (topic === 'camera' && this.camera.onLost(error)) return;
      emit({ event: 'notice', topic, failure: failureOf(error, logger) });
    });
    call.on('frame', (frame) => page()?.remote(frame));
    call.on('preview', (frame) => {
      this.camera.onPreviewFrame();
      page()?.preview(frame);
    });
    this.#phase =
      phaseOf(call.state, this.account.name, (error) => failureOf(error, logger)) ?? this.#phase;
    onChange();
  }

  /**
   * Who comes next into a room without a password may be anybody, and would see the camera's picture
   * before words are compared. A connection that broke comes back by itself, with the camera, unless
   * somebody else is quicker: this is told of a state before a frame goes to whoever is there then.
   */
  #guardCamera(phase: CallPhase): void {
    const before = this.#partner;
    if (phase.phase === 'live') {
      this.#partner = phase.partner;
      if (before !== undefined && before.fingerprint !== phase.partner.fingerprint) {
        this.#stopCamera(`Somebody else came in, and not ${before.name}.`);
      }
    } else if ('absence' in phase && phase.absence.kind === 'left') {
      this.#partner = undefined;
      if (before !== undefined) this.#stopCamera(`${before.name} left.`);
    }
  }

  /** Where the room has no password, and the camera is not off. */
  #stopCamera(why: string): void {
    const { emit, logger } = this.#options;
    const { kind } = this.camera.view;
    if (this.room.password || (kind !== 'on' && kind !== 'starting')) return;
    this.camera.stop().catch((error: unknown) => {
      emit({ event: 'notice', topic: 'camera', failure: failureOf(error, logger) });
    });
    const stopped = new RoomkeyError(
      'RK_CAMERA_STOPPED',
      `${why} Your camera was stopped: anybody nearby can come into this room. Start it again when you see who it is.`,
    );
    emit({ event: 'notice', topic: 'camera', failure: failureOf(stopped, logger) });
  }

  #measure(isLive: boolean): void {
    if (!isLive) {
      clearInterval(this.#statistics);
      this.#statistics = undefined;
      return;
    }
    this.#statistics ??= setInterval(() => {
      const statistics = this.#call?.statistics;
      if (statistics !== undefined) this.#options.emit({ event: 'statistics', statistics });
    }, STATISTICS_INTERVAL_MS);
  }
}
