/**
 * What the two sides of the plugin send each other, in Node and in the page: JSON as text, and units as
 * binary messages.
 */
import type { CameraDevice, CaptureRequest, VideoCodec } from '@roomkey/core';

/** The name of the device that shares the screen. */
export const SCREEN = 'screen';

/** What Node sends the page. `source` is a number that Node gives each opening, never again. */
export type ToPage =
  | { readonly kind: 'devices'; readonly id: number }
  | { readonly kind: 'open'; readonly source: number; readonly request: CaptureRequest }
  | { readonly kind: 'close'; readonly source: number }
  | ({ readonly source: number } & SourceCommand);

/** What Node tells a device that is open. */
export type SourceCommand =
  /**
   * There is a receiver, and no credit; the next unit is a key unit. Its units bear the generation,
   * which counts receivers.
   */
  | {
      readonly kind: 'receiver';
      readonly generation: number;
      readonly codecs: readonly VideoCodec[];
    }
  /** So many more units may be encoded for the receiver. */
  | { readonly kind: 'credit'; readonly units: number }
  /** The next unit is a key unit. */
  | { readonly kind: 'key-unit' }
  | { readonly kind: 'quality'; readonly quality: number };

/** Why a device did not open. */
export interface OpenFailure {
  /** The name of a `DOMException`; `NoPicture`: it opened and gave none. */
  readonly name: string;
  /** What the browser said. */
  readonly message: string;
}

/** What the page sends Node as text. */
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
  /** The device was given back. */
  | { readonly kind: 'closed'; readonly source: number };

/** Whose unit a binary message holds. */
export interface UnitPrefix {
  readonly source: number;
  /** Of the receiver for whom it was encoded. */
  readonly generation: number;
}

/** Bytes before the unit in a binary message: `u32 source ‖ u32 generation`, big-endian. */
export const PREFIX_BYTES = 8;

export function writePrefix(message: Uint8Array, { source, generation }: UnitPrefix): void {
  const view = new DataView(message.buffer, message.byteOffset, PREFIX_BYTES);
  view.setUint32(0, source);
  view.setUint32(4, generation);
}

/** @throws RangeError where the message is shorter than a prefix */
export function readPrefix(message: Uint8Array): UnitPrefix {
  if (message.length < PREFIX_BYTES) throw new RangeError(`${message.length} bytes are no unit`);
  const view = new DataView(message.buffer, message.byteOffset, PREFIX_BYTES);
  return { source: view.getUint32(0), generation: view.getUint32(4) };
}
