import type { Announcement, BeaconSource, ErrorCode, Logger } from '@roomkey/core';

/** What an `UdpAnnouncement` works with. */
export interface UdpAnnouncementOptions {
  readonly source: BeaconSource;
  readonly intervalMs: number;
  readonly logger: Logger;
  /** @returns whether it could be sent anywhere */
  readonly broadcast: (bytes: Uint8Array) => Promise<boolean>;
  /** Called once, after the farewell. */
  readonly onStopped: () => Promise<void>;
}

/** Announces one room on a steady beat. */
export class UdpAnnouncement implements Announcement {
  readonly #options: UdpAnnouncementOptions;
  #timer: NodeJS.Timeout | undefined;
  #stopped: Promise<void> | undefined;
  #silent = false;

  constructor(options: UdpAnnouncementOptions) {
    this.#options = options;
  }

  /**
   * Announces for the first time and begins the beat.
   *
   * @returns whether it could be sent anywhere; where not, the beat does not begin
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

  /** The answer to a query; none after the farewell, or the room would rise again. */
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
      this.#options.logger.error('No beacon could be made for this beat', { error });
    }
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    // Jitter, so that hosts that began together do not collide for ever.
    const factor = 0.9 + 0.2 * Math.random();
    this.#timer = setTimeout(() => this.#announce(), this.#options.intervalMs * factor);
  }

  /** One line when the last network goes, one when the first is back. */
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
