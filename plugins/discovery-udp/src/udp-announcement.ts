import type { Announcement, BeaconSource, ErrorCode, Logger } from '@roomkey/core';

/** Options of `UdpAnnouncement`. */
export interface UdpAnnouncementOptions {
  readonly source: BeaconSource;
  readonly intervalMs: number;
  readonly logger: Logger;
  /** @returns whether at least one destination was reachable */
  readonly broadcast: (bytes: Uint8Array) => Promise<boolean>;
  /** Called once, after the farewell. */
  readonly onStopped: () => Promise<void>;
}

/** Announces one room at regular intervals. */
export class UdpAnnouncement implements Announcement {
  readonly #options: UdpAnnouncementOptions;
  #timer: NodeJS.Timeout | undefined;
  #stopped: Promise<void> | undefined;
  #silent = false;

  constructor(options: UdpAnnouncementOptions) {
    this.#options = options;
  }

  /**
   * Sends the first announcement and starts the interval.
   *
   * @returns whether at least one destination was reachable; if not, the interval does not start
   * @throws what the beacon source throws
   */
  async start(): Promise<boolean> {
    if (!(await this.#options.broadcast(this.#options.source.next(false)))) return false;
    this.#schedule();
    return true;
  }

  update(): void {
    if (this.#stopped === undefined) this.#announce();
  }

  /** The answer to a query; none after the farewell, or the room would reappear. */
  answer(challenge: Uint8Array): Uint8Array | undefined {
    return this.#stopped === undefined ? this.#options.source.answer(challenge) : undefined;
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#sendFarewell());
  }

  async #sendFarewell(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await this.#options.broadcast(this.#options.source.next(true));
    } finally {
      await this.#options.onStopped();
    }
  }

  #announce(): void {
    try {
      const beacon = this.#options.source.next(false);
      void this.#options.broadcast(beacon).then((sent) => this.#report(sent));
    } catch (error) {
      this.#options.logger.error('No beacon could be created for this announcement', { error });
    }
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    // Jitter, so that hosts that started together do not collide forever.
    const factor = 0.9 + 0.2 * Math.random();
    this.#timer = setTimeout(() => this.#announce(), this.#options.intervalMs * factor);
  }

  /** Logs once when the last network goes, and once when one is back. */
  #report(sent: boolean): void {
    if (sent !== this.#silent) return;
    this.#silent = !sent;
    if (sent) this.#options.logger.info('The room can be announced again');
    else {
      this.#options.logger.warn('The room cannot be announced on any network. Connect to one.', {
        code: 'RK_DISCOVERY_FAILED' satisfies ErrorCode,
      });
    }
  }
}
