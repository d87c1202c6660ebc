/**
 * What the two sides of the plugin send each other, in Node and in the page: JSON as text, and units as
 * binary messages.
 */
import type {
  AudioDevice,
  AudioInputRequest,
  AudioOutputRequest,
  AudioOutputStatistics,
} from '@roomkey/core';

/** The name of the device that the system uses for sound. */
export const DEFAULT = 'default';

/** The name of the device that is the sound of the shared screen. */
export const SCREEN = 'screen';

/** Messages of Node to the page. `device` is a number that Node assigns to each opening, never again. */
export type ToPage =
  | { readonly kind: 'devices'; readonly id: number }
  | { readonly kind: 'open-input'; readonly device: number; readonly request: AudioInputRequest }
  | { readonly kind: 'open-output'; readonly device: number; readonly request: AudioOutputRequest }
  | ({ readonly device: number } & DeviceCommand);

/** Messages of Node to an open device. */
export type DeviceCommand =
  | { readonly kind: 'close' }
  /** To a microphone. Units have the generation, which counts these messages. */
  | { readonly kind: 'muted'; readonly muted: boolean; readonly generation: number }
  /** To a loudspeaker; 0…1. */
  | { readonly kind: 'volume'; readonly volume: number };

/** Why a device did not open. */
export interface OpenFailure {
  /** The name of a `DOMException`; `NoSound`: it opened and delivered none. */
  readonly name: string;
  /** The browser's message. */
  readonly message: string;
}

/** Text messages of the page to Node. */
export type FromPage =
  | {
      readonly kind: 'devices';
      readonly id: number;
      readonly inputs: readonly AudioDevice[];
      readonly outputs: readonly AudioDevice[];
    }
  | { readonly kind: 'opened'; readonly device: number }
  | { readonly kind: 'failed'; readonly device: number; readonly failure: OpenFailure }
  /** `ended`: the device went away; `broken`: the page failed, `message` says how. */
  | {
      readonly kind: 'lost';
      readonly device: number;
      readonly reason: 'ended' | 'broken';
      readonly message: string;
    }
  | {
      readonly kind: 'statistics';
      readonly device: number;
      /** The number of units that the page has received. */
      readonly received: number;
      readonly statistics: AudioOutputStatistics;
    }
  /** The device was released. */
  | { readonly kind: 'closed'; readonly device: number };

/** What a binary message says of its unit, besides the unit's own header. */
export interface UnitPrefix {
  readonly device: number;
  /**
   * Of a microphone's unit: the newest `muted` message that it obeys. Of a unit for a loudspeaker: its
   * stream.
   */
  readonly generation: number;
  /** The length of the unit, at 48 kHz. */
  readonly samples: number;
  readonly muted: boolean;
  /** RMS, 0…1. */
  readonly level: number;
}

/**
 * Bytes before the unit in a binary message, either way:
 * `u32 device ‖ u32 generation ‖ u16 samples ‖ u16 muted ‖ f32 level`, big-endian.
 */
export const PREFIX_BYTES = 16;

export function writePrefix(message: Uint8Array, prefix: UnitPrefix): void {
  const view = new DataView(message.buffer, message.byteOffset, PREFIX_BYTES);
  view.setUint32(0, prefix.device);
  view.setUint32(4, prefix.generation);
  view.setUint16(8, prefix.samples);
  view.setUint16(10, prefix.muted ? 1 : 0);
  view.setFloat32(12, prefix.level);
}

/** @throws RangeError if the message is shorter than a prefix */
export function readPrefix(message: Uint8Array): UnitPrefix {
  if (message.length < PREFIX_BYTES) throw new RangeError(`${message.length} bytes are no unit`);
  const view = new DataView(message.buffer, message.byteOffset, PREFIX_BYTES);
  return {
    device: view.getUint32(0),
    generation: view.getUint32(4),
    samples: view.getUint16(8),
    muted: view.getUint16(10) !== 0,
    level: view.getFloat32(12),
  };
}
