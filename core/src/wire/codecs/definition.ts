/** A way to encode pictures: everything that Roomkey needs to know of one, in one place. */
export interface VideoCodecDefinition<Name extends string = string> {
  /** As in `hello` and in the configuration. */
  readonly name: Name;
  /** As in a unit's header, 1…65,535. */
  readonly number: number;
  /** Whether units build on those before them, back to the last key unit. */
  readonly hasDeltaUnits: boolean;
  /**
   * The WebCodecs codec string (https://www.w3.org/TR/webcodecs-codec-registry/) with which a browser
   * is asked whether it decodes this codec; absent where an image decoder does.
   */
  readonly browserCodec?: string;
  /** The codec string for the stream that begins with this key unit; default: `browserCodec`. */
  browserCodecOf?(keyUnit: Uint8Array): string | undefined;
  /**
   * How many pixels the encoded picture says that it has: 0 where it says nothing, as delta units do,
   * and Infinity or NaN where its headers make no sense. A decoder allocates by these headers and not
   * by what the unit's header says.
   *
   * @param keyUnit the key unit that this one's stream began with, the same for a key unit itself;
   *   without it, frames of AV1 that say a size of their own in delta units are not understood
   */
  pixelsOf(data: Uint8Array, keyUnit?: Uint8Array): number;
  /**
   * The bytes to give to a decoder in the place of these, such that it finds no more pictures in them
   * than `pixelsOf` did; default: these.
   */
  forDecoder?(data: Uint8Array): Uint8Array;
}
