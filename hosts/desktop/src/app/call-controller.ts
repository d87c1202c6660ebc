import {
  hasCode,
  RoomkeyError,
  SerialQueue,
  type Roomkey,
  type VideoCodec,
} from '@roomkey/core/host';
import type { AppEvent } from '../messages/index.js';
import type { CurrentAccount } from './current-account.js';
import { ActiveCall, type CallOptions } from './active-call.js';

/** What `CallController` works with. */
export interface CallControllerOptions extends Omit<CallOptions, 'onChange' | 'calls'> {
  readonly roomkey: Pick<Roomkey, 'calls'> & { readonly rooms: Roomkey['rooms'] };
  readonly account: CurrentAccount;
}

/** The one call at a time: enters rooms and leaves them. */
export class CallController {
  readonly #options: CallControllerOptions;
  #open: ActiveCall | undefined;
  /** What the page that entered the room could show, which the partner was told. */
  #codecs: readonly VideoCodec[] = [];
  readonly #leaving = new SerialQueue();

  constructor(options: CallControllerOptions) {
    this.#options = options;
  }

  get event(): AppEvent {
    return { event: 'call', call: this.#open?.view ?? null };
  }

  /**
   * Enters a room; resolves when the partner is waited for, or the call is over before.
   *
   * @param password not needed where it was given in this session; where it is not the one of last
   * time the call is over, and given once more it is taken for a new one
   * @throws RoomkeyError `RK_CALL_OPEN`, `RK_ACCOUNT_SIGNED_OUT`, `RK_ROOM_NOT_FOUND`,
   * `RK_PERSON_CHANGED` where its owner is to be compared first, `RK_ROOM_PASSWORD_REQUIRED`, and
   * why it could not be opened
   */
  async join(id: string, password: string | undefined): Promise<void> {
    const { account, roomkey, rooms } = this.#options;
    const signedIn = account.require();
    const room = await roomkey.rooms.find(id, { account: signedIn });
    // Before a password is asked for that belongs to somebody else.
    await roomkey.calls.requireOwner(signedIn, room);
    const given =
      password === undefined || password === ''
        ? rooms.password(room.id)
        : { password, guesses: undefined };
    if (room.password && given === undefined) throw passwordRequired();
    await this.#left();
    this.requireNone();
    // Somebody else may have signed in meanwhile.
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
   * Leaves the room, whatever is going on in it; nothing happens where no call is open.
   *
   * @param deleteRoom whether the room is deleted, where it is one's own
   * @throws RoomkeyError the store's errors; the room is left then
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

  /** @throws RoomkeyError `RK_CALL_OPEN` where a call goes on @param id in this room; default: in any */
  requireNone(id?: string): void {
    const open = this.#open;
    if (open === undefined || open.isOver || (id ?? open.room.id) !== open.room.id) return;
    throw new RoomkeyError(
      'RK_CALL_OPEN',
      `There is a call open in “${open.room.name}”. Leave it first.`,
    );
  }

  /** @param deviceId in place of the settings' */
  async startCamera(deviceId?: string): Promise<void> {
    const open = this.#open;
    if (open === undefined || open.isOver) {
      throw new RoomkeyError('RK_CLOSED', 'There is no call to start the camera in. Join a room.');
    }
    await open.camera.start(deviceId);
  }

  async stopCamera(): Promise<void> {
    await this.#open?.camera.stop();
  }

  /** Another page is the one in use; one that shows less than the one before stays black, and is told. */
  changePage(): void {
    this.refreshCamera();
    const { page, emit } = this.#options;
    const open = this.#open;
    const shown: readonly VideoCodec[] = ['jpeg', ...(page()?.codecs ?? [])];
    if (open === undefined || open.isOver) return;
    if (this.#codecs.every((codec) => shown.includes(codec))) return;
    const message = `This window cannot show every kind of picture that your partner was told to send. Leave “${open.room.name}” and join again from this window to see the picture.`;
    emit({ event: 'notice', topic: 'camera', failure: { code: 'RK_CALL_OPEN', message } });
  }

  /** The settings are others. */
  refreshCamera(): void {
    void this.#open?.camera.refresh();
  }

  /** A host that left is waited for as long as the person stays. */
  keepWaiting(): void {
    this.#open?.keepWaiting();
  }

  requestKeyFrame(): void {
    this.#open?.requestKeyFrame();
  }

  /** Resolves when nothing is being left any more. */
  #left(): Promise<void> {
    return this.#leaving.run(() => undefined);
  }

  async #leave(open: ActiveCall, isDeleted: boolean): Promise<void> {
    await open.leave(isDeleted);
    if (!isDeleted) return;
    await this.#options.roomkey.rooms.remove(open.account, open.room.id).catch((error: unknown) => {
      // Somebody deleted it meanwhile, or it was never in this store.
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
