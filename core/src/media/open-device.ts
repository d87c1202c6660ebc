import { RoomkeyError } from '../errors/index.js';
import { SerialQueue } from '../util/serial-queue.js';

/** A device that can be closed; `close` is idempotent. */
export interface Closable {
  close(): Promise<void>;
}

/** How a device is opened. */
export interface DeviceOpening<T extends Closable> {
  readonly open: (signal: AbortSignal) => Promise<T>;
  /** It is open. Called before any other command runs. */
  readonly onOpen: (device: T) => void;
  /** It could not be opened, or is closed on command. Called before any other command runs. */
  readonly onStopped: () => void;
}

/**
 * The one device of a track that is open. Commands run one after another. A new command aborts an
 * unfinished opening, for example while a browser asks for permission.
 */
export class OpenDevice<T extends Closable> {
  readonly #name: string;
  readonly #commands = new SerialQueue();
  #opening: AbortController | undefined;
  #current: T | undefined;
  #onStopped: () => void = () => undefined;

  /** @param name for people, such as `camera` */
  constructor(name: string) {
    this.#name = name;
  }

  get current(): T | undefined {
    return this.#current;
  }

  /**
   * Opens a device; closes the current one first, so that it can be replaced.
   *
   * @throws RoomkeyError `RK_CLOSED` if a later command came before it was open; as `open` does
   */
  async open({ open, onOpen, onStopped }: DeviceOpening<T>, signal: AbortSignal): Promise<void> {
    this.#abortOpening();
    const opening = (this.#opening = new AbortController());
    await this.#commands.run(async () => {
      const either = AbortSignal.any([signal, opening.signal]);
      let device;
      try {
        await this.#closeCurrent();
        either.throwIfAborted();
        device = await open(either);
      } catch (error) {
        onStopped();
        throw error;
      }
      // From here on it is closed, not aborted.
      if (this.#opening === opening) this.#opening = undefined;
      this.#current = device;
      this.#onStopped = onStopped;
      onOpen(device);
    });
  }

  /** Closes the device, and aborts one that is being opened. Idempotent. */
  async close(): Promise<void> {
    this.#abortOpening();
    await this.#commands.run(async () => {
      this.#onStopped();
      await this.#closeCurrent();
    });
  }

  /** The device is gone. @returns whether it was the current one */
  forget(device: T): boolean {
    if (this.#current !== device) return false;
    this.#current = undefined;
    return true;
  }

  #abortOpening(): void {
    this.#opening?.abort(
      new RoomkeyError(
        'RK_CLOSED',
        `The ${this.#name} was stopped, or started again, before it was open.`,
      ),
    );
    this.#opening = undefined;
  }

  async #closeCurrent(): Promise<void> {
    const device = this.#current;
    this.#current = undefined;
    await device?.close();
  }
}
