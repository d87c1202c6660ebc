import {
  hasCode,
  type AudioDevices,
  type Call,
  type CallNotice,
  type Logger,
  type RoomEntry,
  type Roomkey,
  type RoomkeyError,
  type SignedIn,
  type VideoKind,
} from '@roomkey/core/host';
import type { AppEvent, CallView, CallPhase, Settings } from '../messages/index.js';
import { captureRequest, knockOf, phaseOf } from './call-view.js';
import { failureOf } from './failure.js';
import type { PageSession } from './page-session.js';
import { RemoteTracks } from './remote-tracks.js';
import type { RememberedPassword, RoomFeed } from './room-feed.js';
import { ScreenAudioController } from './screen-audio-controller.js';
import { SoundController } from './sound-controller.js';
import { TrackController } from './track-controller.js';

const STATISTICS_INTERVAL_MS = 1_000;

/** The parts of the app that calls use. */
export interface CallOptions {
  readonly calls: Roomkey['calls'];
  readonly rooms: RoomFeed;
  readonly audio: () => AudioDevices;
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
  readonly camera: TrackController;
  readonly screen: TrackController;
  readonly sound: SoundController;
  /** The sound of the own screen, which starts and stops with it. */
  readonly screenAudio: ScreenAudioController;
  readonly #remote: RemoteTracks;
  readonly #options: CallOptions;
  readonly #entering: Promise<Call>;
  readonly #password: string | undefined;
  #phase: CallPhase;
  #call: Call | undefined;
  #isLeft = false;
  #isRefused = false;
  #isLettingIn = false;
  /** The device of the shared screen. */
  #screenId: string | undefined;
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
    const { page, onChange, emit, logger, settings } = options;
    const shared = { page, onChange, failureOf: (error: unknown) => failureOf(error, logger) };
    this.camera = new TrackController({
      ...shared,
      track: this.#device('camera'),
      request: () => captureRequest(settings()),
      restarts: true,
    });
    this.screen = new TrackController({
      ...shared,
      track: this.#device('screen'),
      request: () => ({ ...captureRequest(settings()), deviceId: this.#screenId ?? '' }),
      restarts: false,
      onChange: () => {
        this.screenAudio.follow(this.screen.view.kind === 'on');
        onChange();
      },
    });
    this.screenAudio = new ScreenAudioController({
      ...shared,
      screenAudio: this.#device('screenAudio'),
      devices: options.audio,
      onFailure: (error) =>
        emit({ event: 'notice', topic: 'screenAudio', failure: failureOf(error, logger) }),
    });
    this.sound = new SoundController({
      ...shared,
      call: this.#entering,
      settings,
      onLevels: (levels) => emit({ event: 'levels', ...levels }),
      onNotice: (topic, failure) => emit({ event: 'notice', topic, failure }),
    });
    this.#remote = new RemoteTracks(page, onChange);
    void this.#entering.then(
      (call) => this.#follow(call),
      () => undefined,
    );
  }

  get view(): CallView {
    const { id, name, owner, mine, password } = this.room;
    const room = { id, name, owner: owner.name, mine, password };
    return {
      room,
      state: this.#phase,
      camera: this.camera.view,
      screen: this.screen.view,
      screenAudio: this.screenAudio.isOn,
      remote: this.#remote.view,
      ...this.sound.view,
      knocks: this.#isLettingIn
        ? []
        : (this.#call?.knocks ?? []).map((knock) => knockOf(knock, this.account.name)),
    };
  }

  get isOver(): boolean {
    return this.#phase.phase === 'ended';
  }

  /**
   * Whether this password was refused because it differs from last time. Entering it a second time
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
    this.#endDevices();
    // A derivation cannot be aborted; its call is left at once.
    const call = await this.#entering.catch(() => undefined);
    await call?.leave({ roomClosed });
  }

  keepWaiting(): void {
    this.#call?.keepWaiting();
  }

  /**
   * Lets a guest in. The view has no others meanwhile: in a moment the room is full for them.
   *
   * @param id `KnockView.id`
   */
  async letIn(id: string): Promise<void> {
    this.#isLettingIn = true;
    try {
      await this.#call?.letIn(id);
    } finally {
      this.#isLettingIn = false;
      this.#options.onChange();
    }
  }

  /** @param id `KnockView.id` */
  async decline(id: string): Promise<void> {
    await this.#call?.decline(id);
  }

  /** @param deviceId a device of the kind `screen` */
  async startScreen(deviceId: string): Promise<void> {
    this.#screenId = deviceId;
    await this.screen.start();
  }

  /** Call when a different page becomes active. */
  changePage(): void {
    this.#remote.changePage();
  }

  requestKeyFrame(track: VideoKind): void {
    this.#remote.requestKeyFrame(track);
  }

  /** Call when the window shows, or no longer shows, any of the participants' video. */
  setVisible(visible: boolean): void {
    this.#remote.setVisible(visible);
  }

  /** What can be lost, by the topic of core's notice. */
  get #controllers(): Partial<Record<CallNotice['topic'], { onLost(error: unknown): boolean }>> {
    const { camera, screen, screenAudio, sound } = this;
    const { microphone, speaker } = sound;
    return { camera, screen, screenAudio, microphone, speaker };
  }

  /** Call when the settings or the active page have changed. */
  refreshDevices(): void {
    void this.camera.refresh();
    void this.screen.refresh();
    this.sound.refresh();
  }

  /** A device of the call, once there is a call. */
  #device<K extends 'camera' | 'screen' | 'screenAudio'>(kind: K): Promise<Call[K]> {
    const device = this.#entering.then((call) => call[kind]);
    // The caller reports why the call did not open.
    device.catch(() => undefined);
    return device;
  }

  #refuse(error: RoomkeyError): void {
    const { rooms, logger, onChange } = this.#options;
    this.#isRefused = true;
    rooms.lock(this.room.id);
    this.#endDevices();
    this.#phase = { phase: 'ended', end: { kind: 'failed', failure: failureOf(error, logger) } };
    onChange();
  }

  #follow(call: Call): void {
    const password = this.#password;
    const { rooms, page, emit, logger, onChange } = this.#options;
    this.#call = call;
    this.#remote.follow(call);
    if (!this.#isLeft) this.sound.follow(call);
    call.on('state', (state) => {
      this.#phase =
        phaseOf(state, this.account.name, (error) => failureOf(error, logger)) ?? this.#phase;
      const fault = state.phase === 'ended' && state.end.kind === 'failed' && state.end.error;
      // A handshake that reached the identity check proves the password.
      const isRight =
        state.phase === 'live' ||
        state.phase === 'knocking' ||
        hasCode(fault, 'RK_IDENTITY_MISMATCH') ||
        ('lastPartner' in state && state.lastPartner.kind === 'unaccepted');
      if (isRight && password !== undefined) {
        rooms.unlock(this.room.id, password, call.guesses);
      }
      // It is wrong, or was guessed too often: ask again.
      if (hasCode(fault, 'RK_HANDSHAKE_FAILED') || hasCode(fault, 'RK_PASSWORD_GUESSED')) {
        rooms.lock(this.room.id);
      }
      if (state.phase === 'ended') this.#endDevices();
      if (state.phase !== 'live') {
        this.#remote.reset();
        this.sound.reset();
      }
      this.#measure(state.phase === 'live');
      onChange();
    });
    call.on('knocks', onChange);
    call.on('notice', ({ topic, error }) => {
      if (this.#controllers[topic]?.onLost(error) === true) return;
      emit({ event: 'notice', topic, failure: failureOf(error, logger) });
    });
    call.on('preview', ({ kind, unit }) => {
      this[kind].onPreviewUnit();
      page()?.sendPreview(kind, unit);
    });
    this.#phase =
      phaseOf(call.state, this.account.name, (error) => failureOf(error, logger)) ?? this.#phase;
    onChange();
  }

  #endDevices(): void {
    this.camera.end();
    this.screen.end();
    this.screenAudio.end();
    this.sound.end();
  }

  #measure(isLive: boolean): void {
    if (!isLive) {
      clearInterval(this.#statistics);
      this.#statistics = undefined;
      return;
    }
    this.#statistics ??= setInterval(() => {
      const statistics = this.#call?.statistics;
      if (statistics === undefined) return;
      const { sound } = this;
      this.#options.emit({
        event: 'statistics',
        statistics: { ...statistics, ...sound.statistics },
      });
    }, STATISTICS_INTERVAL_MS);
  }
}
