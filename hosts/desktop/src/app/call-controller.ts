import {
  hasCode,
  RoomkeyError,
  SerialQueue,
  type Roomkey,
  type VideoCodec,
  type VideoKind,
} from '@roomkey/core/host';
import type { AppEvent } from '../messages/index.js';
import type { CurrentAccount } from './current-account.js';
import { ActiveCall, type CallOptions } from './active-call.js';

export interface CallControllerOptions extends Omit<CallOptions, 'onChange' | 'calls'> {
  readonly roomkey: Pick<Roomkey, 'calls'> & { readonly rooms: Roomkey['rooms'] };
  readonly account: CurrentAccount;
}

/** Joins and leaves rooms; one call at a time. */
export class CallController {
  readonly #options: CallControllerOptions;
  #open: ActiveCall | undefined;
  /** Codecs of the page that joined, as announced to the partner. */
  #codecs: readonly VideoCodec[] = [];
  readonly #leaving = new SerialQueue();

  constructor(options: CallControllerOptions) {
    this.#options = options;
  }

  get event(): AppEvent {
    return { event: 'call', call: this.#open?.view ?? null };
  }

  /**
   * Joins a room. Resolves when the call waits for the partner, or is already over.
   *
   * @param password may be omitted if it was given in this session. A room owner who gives a
   * different password than last time ends the call; giving it a second time confirms it.
   * @throws RoomkeyError `RK_CALL_OPEN`, `RK_ACCOUNT_SIGNED_OUT`, `RK_ROOM_NOT_FOUND`,
   * `RK_IDENTITY_MISMATCH` if the owner's identity must be compared first,
   * `RK_ROOM_PASSWORD_REQUIRED`, and errors of opening the call
   */
  async join(id: string, password: string | undefined): Promise<void> {
    const { account, roomkey, rooms } = this.#options;
    const signedIn = account.require();
    const room = await roomkey.rooms.find(id, { account: signedIn });
    // Check the owner first: a password must not be typed for an impostor's room.
    await roomkey.calls.verifyOwner(signedIn, room);
    const given =
      password === undefined || password === ''
        ? rooms.password(room.id)
        : { password, guesses: undefined };
    if (room.password && given === undefined) throw passwordRequired();
    await this.#left();
    this.requireNone();
    // The account may have changed in the meantime.
    if (account.signedIn !== signedIn) throw signedOut(signedIn.name);
    const options = {
      ...this.#options,
      calls: roomkey.calls,
      onChange: () => {
        if (this.#open === open) this.#emitState();
      },
    };
    const open: ActiveCall = new ActiveCall(signedIn, room, given, options, this.#open);
    this.#open = open;
    this.#codecs = this.#options.page()?.codecs ?? [];
    this.#emitState();
    try {
      await open.enter();
    } catch (error) {
      if (this.#open !== open) return;
      if (!open.hasBegun) this.#close();
      throw error;
    }
  }

  /**
   * Leaves the room. Does nothing without a call.
   *
   * @param deleteRoom also deletes the room, if the signed-in account owns it
   * @throws RoomkeyError storage errors; the room is left nevertheless
   */
  async leave(deleteRoom = false): Promise<void> {
    const open = this.#open;
    if (open !== undefined) {
      this.#close();
      const isDeleted = deleteRoom && open.room.mine;
      await this.#leaving.run(() => this.#leave(open, isDeleted));
    }
    await this.#left();
  }

  /** @throws RoomkeyError `RK_CALL_OPEN` during a call @param id only in this room; default: any */
  requireNone(id?: string): void {
    const open = this.#open;
    if (open === undefined || open.isOver || (id ?? open.room.id) !== open.room.id) return;
    throw new RoomkeyError(
      'RK_CALL_OPEN',
      `There is a call open in “${open.room.name}”. Leave it first.`,
    );
  }

  /** Lets a guest in. @param id `KnockView.id` */
  async letIn(id: string): Promise<void> {
    await this.#open?.letIn(id);
  }

  /** Declines a guest, who cannot ask again for ten minutes. @param id `KnockView.id` */
  async decline(id: string): Promise<void> {
    await this.#open?.decline(id);
  }

  async startCamera(): Promise<void> {
    await this.#require().camera.start();
  }

  async stopCamera(): Promise<void> {
    await this.#open?.camera.stop();
  }

  /** @param deviceId a device of the kind `screen` */
  async startScreen(deviceId: string): Promise<void> {
    await this.#require().startScreen(deviceId);
  }

  async stopScreen(): Promise<void> {
    await this.#open?.screen.stop();
  }

  async startMicrophone(): Promise<void> {
    await this.#require().sound.microphone.start();
  }

  async stopMicrophone(): Promise<void> {
    await this.#open?.sound.microphone.stop();
  }

  /** Mutes the microphone, also one that starts later in this call. */
  setMuted(muted: boolean): void {
    this.#open?.sound.setMuted(muted);
  }

  async startSpeaker(): Promise<void> {
    await this.#require().sound.speaker.start();
  }

  /** Call when a different page becomes active. If it decodes fewer codecs, it gets a notice. */
  changePage(): void {
    this.refreshDevices();
    this.#open?.changePage();
    const { page, emit } = this.#options;
    const open = this.#open;
    const shown: readonly VideoCodec[] = ['jpeg', ...(page()?.codecs ?? [])];
    if (open === undefined || open.isOver) return;
    if (this.#codecs.every((codec) => shown.includes(codec))) return;
    const message = `This window cannot show every kind of picture that your partner was told to send. Leave “${open.room.name}” and join again from this window to see the picture.`;
    emit({ event: 'notice', topic: 'camera', failure: { code: 'RK_CALL_OPEN', message } });
  }

  /** Call when the settings or the active page have changed. */
  refreshDevices(): void {
    this.#open?.refreshDevices();
  }

  /** Keeps waiting for a host that left, without a time limit. */
  keepWaiting(): void {
    this.#open?.keepWaiting();
  }

  /** Requests a key frame, because a participant's track cannot be decoded. */
  requestKeyFrame(track: VideoKind): void {
    this.#open?.requestKeyFrame(track);
  }

  /** Call when the window shows, or no longer shows, any of the participants' video. */
  setVisible(visible: boolean): void {
    this.#open?.setVisible(visible);
  }

  /** @throws RoomkeyError `RK_CLOSED` */
  #require(): ActiveCall {
    const open = this.#open;
    if (open === undefined || open.isOver)
      throw new RoomkeyError('RK_CLOSED', 'Join a room first.');
    return open;
  }

  /** Waits until pending leaves are done. */
  #left(): Promise<void> {
    return this.#leaving.run(() => undefined);
  }

  async #leave(open: ActiveCall, isDeleted: boolean): Promise<void> {
    await open.leave(isDeleted);
    if (!isDeleted) return;
    await this.#options.roomkey.rooms.remove(open.account, open.room.id).catch((error: unknown) => {
      // It was deleted in the meantime, or was never in this store.
      if (!hasCode(error, 'RK_ROOM_NOT_FOUND')) throw error;
    });
  }

  #close(): void {
    this.#open = undefined;
    this.#emitState();
  }

  #emitState(): void {
    this.#options.emit(this.event);
  }
}

function signedOut(name: string): RoomkeyError {
  return new RoomkeyError(
    'RK_ACCOUNT_SIGNED_OUT',
    `${name} was signed out before the room was open. Sign in and join again.`,
  );
}

function passwordRequired(): RoomkeyError {
  return new RoomkeyError('RK_ROOM_PASSWORD_REQUIRED', 'Enter the room password.');
}
