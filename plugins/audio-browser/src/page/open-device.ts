import type { AudioOutputStatistics } from '@roomkey/core';
import type { DeviceCommand } from '../messages.js';

/** Events of an open device. */
export interface DeviceEvents {
  /** A binary message with a unit of a microphone, for Node. */
  onUnit(message: Uint8Array): void;
  /** @param received the number of units that a loudspeaker was given */
  onStatistics(received: number, statistics: AudioOutputStatistics): void;
  /** Not called before `open` is fulfilled, nor after `close`. */
  onLost(reason: 'ended' | 'broken', message: string): void;
}

/** A microphone or a loudspeaker in the page. */
export interface OpenDevice {
  /**
   * Opens the device.
   *
   * @throws DOMException
   */
  open(): Promise<void>;
  command(command: DeviceCommand): void;
  /** Takes a binary message of Node with a unit. */
  receive(message: Uint8Array): void;
  /** Releases the device. Idempotent. */
  close(): void;
}
