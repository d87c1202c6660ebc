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

export interface CallOptions {
  readonly calls: Roomkey['calls'];
  readonly rooms: RoomFeed;
  readonly settings: () => Settings;
  /** The active page. */
  readonly page: () => PageSession | undefined;
  readonly emit: (event: AppEvent) => void;
  /** Called when `view` changes. */
  readonly onChange: () => void;
  readonly logger: Logger;
}

/** A call as the page sees it, from the key derivation until the next call. */
export class ActiveCall {
  /** The account that joined. */
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
  /** The last partner, who may reconnect automatically. */
  #partner: LivePhase['partner'] | undefined;
  #statistics: NodeJS.Timeout | undefined;

  constructor(
    account: SignedIn,
    room: RoomEntry,
    password: RememberedPassword | undefined,
    options: CallOptions,
    /** The previous call, which is over. */
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
   * Whether this password was refused because it differs from last time. Giving it a second time
   * confirms it.
   */
  wasRefused(roomId: string, password: string | undefined): boolean {
    return this.#isRefused && this.room.id === roomId && this.#password === password;
  }

  /**
   * Starts the call. Resolves when it waits for the partner, when it was left, or when the password
   * was refused as different from last time; the view shows the latter.
   *
   * @throws RoomkeyError as `Calls.open` and `Call.start`
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

  /** Whether core opened the call; failures after that are part of the view. */
  get hasBegun(): boolean {
    return this.#call !== undefined;
  }

  async leave(roomClosed: boolean): Promise<void> {
    this.#isLeft = true;
    this.camera.end();
    // The key derivation cannot be cancelled; leave the call as soon as it opens.
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
      // A handshake that reached the identity check proves the password.
      const isRight =
        state.phase === 'live' ||
        hasCode(fault, 'RK_PERSON_CHANGED') ||
        ('absence' in state && state.absence.kind === 'unaccepted');
      if (isRight && password !== undefined) {
        rooms.unlock(this.room.id, password, call.guesses);
      }
      // It is wrong, or was guessed at too often: ask again.
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
   * Protects the camera in a room without a password: the next person to join may be a stranger,
   * who would see the video before any words are compared. After a lost connection the same partner
   * may return and the camera continues; for a different partner it stops. Core emits this state
   * before it sends the first frame to the new partner.
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

  /** Stops the camera, if the room has no password and the camera is not off. */
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
