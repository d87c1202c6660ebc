import {
  isWithinPixelLimit,
  MAX_PICTURE_PIXELS,
  videoCodecs,
  type NumberedVideoUnit,
  type VideoCodec,
} from '@roomkey/core/wire';
import { decoderConfig } from './codecs.js';

/** A decoded picture. Its owner closes its image. */
export interface Picture {
  readonly image: VideoFrame | ImageBitmap;
  readonly codec: VideoCodec;
  /** Copied from its unit. */
  readonly number: number;
  readonly capturedAt: number;
}

export interface DecoderEvents {
  onPicture(picture: Picture): void;
  /** Called when nothing can be decoded before the next key unit. */
  onKeyFrameNeeded(): void;
  /** Called for a unit that yields no picture. */
  onDropped(number: number): void;
}

/** Decodes units in order: each yields a picture, or is dropped. */
export class PictureDecoder {
  readonly #events: DecoderEvents;
  #video: VideoDecoder | undefined;
  /** The key unit with which its stream began or continued. */
  #key: NumberedVideoUnit | undefined;
  /** The units in the video decoder, by their number, which it gets as a timestamp. */
  readonly #decoding = new Map<number, NumberedVideoUnit>();
  /** Whether a JPEG is being decoded, and the newest one in the queue. */
  #isJpegBusy = false;
  #nextJpeg: NumberedVideoUnit | undefined;
  #isClosed = false;

  constructor(events: DecoderEvents) {
    this.#events = events;
  }

  /** Does nothing after `close`. */
  decode(unit: NumberedVideoUnit): void {
    if (this.#isClosed) return;
    const { codec, data, isKey, number } = unit;
    const { hasDeltaUnits } = videoCodecs[codec];
    const key = isKey ? unit : this.#key;
    const isDecodable =
      key?.codec === codec && isWithinPixelLimit(codec, data, hasDeltaUnits ? key.data : undefined);
    if (!isDecodable) {
      this.#events.onDropped(number);
      if (hasDeltaUnits) this.#needKeyFrame();
    } else if (!hasDeltaUnits) {
      this.#decodeJpeg(unit);
    } else if (isKey) {
      this.#decodeKey(unit);
    } else {
      this.#feed(unit, 'delta');
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#nextJpeg = undefined;
    this.#endVideo();
  }

  #decodeKey(unit: NumberedVideoUnit): void {
    if (this.#key?.codec !== unit.codec) this.#endVideo();
    this.#key = unit;
    this.#feed(unit, 'key');
  }

  #feed(unit: NumberedVideoUnit, type: EncodedVideoChunkType): void {
    const { codec, number } = unit;
    this.#decoding.set(number, unit);
    try {
      this.#video ??= this.#makeDecoder(unit);
      const data = videoCodecs[codec].forDecoder?.(unit.data) ?? unit.data;
      this.#video.decode(new EncodedVideoChunk({ type, timestamp: number, data }));
    } catch {
      // The unit is not a key unit, though its sender says so, or the decoder has just failed.
      this.#needKeyFrame();
    }
  }

  #makeDecoder({ codec, data }: NumberedVideoUnit): VideoDecoder {
    const video: VideoDecoder = new VideoDecoder({
      output: (image) => this.#onImage(image),
      error: () => {
        if (this.#video === video) this.#needKeyFrame();
      },
    });
    video.configure(decoderConfig(codec, data));
    return video;
  }

  #onImage(image: VideoFrame): void {
    const unit = this.#decoding.get(image.timestamp);
    if (unit === undefined) {
      image.close();
      return;
    }
    // An earlier unit without a picture will yield none, because the decoder works in order.
    for (const number of this.#decoding.keys()) {
      if (number === unit.number) break;
      this.#decoding.delete(number);
      this.#events.onDropped(number);
    }
    this.#decoding.delete(unit.number);
    // Pixels can be declared as non-square, which enlarges the drawn picture.
    if (image.displayWidth * image.displayHeight > MAX_PICTURE_PIXELS) {
      image.close();
      this.#events.onDropped(unit.number);
      return;
    }
    this.#give(image, unit);
  }

  /** Discards a decoder that has failed. */
  #needKeyFrame(): void {
    this.#endVideo();
    this.#events.onKeyFrameNeeded();
  }

  #endVideo(): void {
    for (const number of this.#decoding.keys()) this.#events.onDropped(number);
    this.#decoding.clear();
    if (this.#video !== undefined && this.#video.state !== 'closed') this.#video.close();
    this.#video = undefined;
    this.#key = undefined;
  }

  /** Decodes one at a time; only the newest in the queue is kept. */
  #decodeJpeg(unit: NumberedVideoUnit): void {
    this.#endVideo();
    if (this.#nextJpeg !== undefined) this.#events.onDropped(this.#nextJpeg.number);
    this.#nextJpeg = unit;
    if (!this.#isJpegBusy) void this.#decodeJpegs();
  }

  async #decodeJpegs(): Promise<void> {
    this.#isJpegBusy = true;
    while (this.#nextJpeg !== undefined) {
      const unit = this.#nextJpeg;
      this.#nextJpeg = undefined;
      try {
        const image = await imageOf(unit.data as Uint8Array<ArrayBuffer>);
        if (this.#isClosed) image.close();
        else this.#give(image, unit);
      } catch {
        // A damaged picture; the next one can be decoded without it.
        this.#events.onDropped(unit.number);
      }
    }
    this.#isJpegBusy = false;
  }

  #give(image: VideoFrame | ImageBitmap, { codec, number, capturedAt }: NumberedVideoUnit): void {
    this.#events.onPicture({ image, codec, number, capturedAt });
  }
}

/** Prefers `ImageDecoder`, which returns the planes without a conversion to RGB. */
async function imageOf(data: Uint8Array<ArrayBuffer>): Promise<VideoFrame | ImageBitmap> {
  if (!('ImageDecoder' in globalThis)) {
    return createImageBitmap(new Blob([data], { type: 'image/jpeg' }));
  }
  const decoder = new ImageDecoder({ data, type: 'image/jpeg' });
  try {
    return (await decoder.decode()).image;
  } finally {
    decoder.close();
  }
}
