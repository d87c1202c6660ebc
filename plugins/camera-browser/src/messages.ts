/**
 * What the two sides of the plugin send each other, in Node and in the page: JSON as text, and units as
 * binary messages.
 */
import type { CameraDevice, CaptureRequest, VideoCodec } from '@roomkey/core';

/** The name of the device that shares the screen. */
export const SCREEN = 'screen';

/** Messages of Node to the page. `source` is a number that Node assigns to each opening, never again. */
export type ToPage =
  | { readonly kind: 'devices'; readonly id: number }
  | { readonly kind: 'open'; readonly source: number; readonly request: CaptureRequest }
  | { readonly kind: 'close'; readonly source: number }
  | ({ readonly source: number } & SourceCommand);

/** Messages of Node to an open device. */
export type SourceCommand =
  /**
   * A new receiver, without credit; the next unit is a key unit. Units have the generation, which
   * counts receivers.
   */
  | {
      readonly kind: 'receiver';
      readonly generation: number;
      readonly codecs: readonly VideoCodec[];
    }
  /** Allows this many more units for the receiver. */
  | { readonly kind: 'credit'; readonly units: number }
  /** Requests a key unit as the next unit. */
  | { readonly kind: 'key-unit' }
  | { readonly kind: 'quality'; readonly quality: number };

/** Why a device did not open. */
export interface OpenFailure {
  /** The name of a `DOMException`; `NoPicture`: it opened and delivered no picture. */
  readonly name: string;
  /** The browser's message. */
  readonly message: string;
}

/** Text messages of the page to Node. */
export type FromPage =
  | { readonly kind: 'devices'; readonly id: number; readonly devices: readonly CameraDevice[] }
  | { readonly kind: 'opened'; readonly source: number }
  | { readonly kind: 'failed'; readonly source: number; readonly failure: OpenFailure }
  /** `ended`: the device or the sharing; `broken`: capturing or encoding failed, `message` says how. */
  | {
      readonly kind: 'lost';
      readonly source: number;
      readonly reason: 'ended' | 'broken';
      readonly message: string;
    }
  /** The device was released. */
  | { readonly kind: 'closed'; readonly source: number };

/** The source and the receiver of the unit in a binary message. */
export interface UnitPrefix {
  readonly source: number;
  /** The generation of the receiver that it was encoded for. */
  readonly generation: number;
}

/** Bytes before the unit in a binary message: `u32 source ‖ u32 generation`, big-endian. */
export const PREFIX_BYTES = 8;

export function writePrefix(message: Uint8Array, { source, generation }: UnitPrefix): void {
  const view = new DataView(message.buffer, message.byteOffset, PREFIX_BYTES);
  view.setUint32(0, source);
  view.setUint32(4, generation);
}

/** @throws RangeError if the message is shorter than a prefix */
export function readPrefix(message: Uint8Array): UnitPrefix {
  if (message.length < PREFIX_BYTES) throw new RangeError(`${message.length} bytes are no unit`);
  const view = new DataView(message.buffer, message.byteOffset, PREFIX_BYTES);
  return { source: view.getUint32(0), generation: view.getUint32(4) };
}
