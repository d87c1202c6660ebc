import type { VideoCodec } from '@roomkey/core/host';
import type { ArrivedFrame } from './arrived-frame.js';
import { decoderConfig } from './codecs.js';
import { isBearable, MAX_PIXELS } from './picture-size.js';

/** A decoded image. Its owner closes it. */
export interface Picture {
  readonly image: VideoFrame | ImageBitmap;
  readonly codec: VideoCodec;
  readonly capturedAt: number;
  readonly arrivedAt: number;
}

export interface DecoderEvents {
  onPicture(picture: Picture): void;
  /** A frame was lost or cannot be decoded: nothing is shown until the next key frame. */
  onKeyFrameNeeded(): void;
  /** A frame will not be shown. */
  onDropped(): void;
}

/** Frames in the decoder at a time; on a slower computer delta frames wait for a key frame. */
const MAX_QUEUE = 6;
/** Time before a key frame is requested again, ms: far more than a round trip. */
const ASK_AGAIN_MS = 1_000;

/** Decodes frames in order. */
export class PictureDecoder {
  readonly #events: DecoderEvents;
  #video: VideoDecoder | undefined;
  #videoCodec: VideoCodec | undefined;
  /** Frames in the video decoder, by number, which is their timestamp there. */
  readonly #decoding = new Map<number, ArrivedFrame>();
  #lastNumber = -1;
  #askedAt = -Infinity;
  /** Whether a JPEG is being decoded, and the newest one waiting. */
  #isJpegBusy = false;
  #nextJpeg: ArrivedFrame | undefined;
  #isClosed = false;

  constructor(events: DecoderEvents) {
    this.#events = events;
  }

  /** Does nothing after `close`. */
  decode(frame: ArrivedFrame): void {
    if (this.#isClosed) return;
    if (!isBearable(frame.codec, frame.data)) {
      this.#events.onDropped();
      if (frame.codec !== 'jpeg') this.#needKeyFrame();
    } else if (frame.codec === 'jpeg') {
      this.#endVideo();
      if (this.#nextJpeg !== undefined) this.#events.onDropped();
      this.#nextJpeg = frame;
      if (!this.#isJpegBusy) void this.#decodeJpegs();
    } else if (frame.isKey) {
      this.#decodeKey(frame, frame.codec);
    } else {
      this.#decodeDelta(frame);
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#nextJpeg = undefined;
    this.#endVideo();
  }

  #decodeKey(frame: ArrivedFrame, codec: 'h264' | 'vp8'): void {
    const isSame = this.#video !== undefined && this.#videoCodec === codec;
    if (!isSame || this.#decoding.size >= MAX_QUEUE) {
      this.#endVideo();
      const video: VideoDecoder = new VideoDecoder({
        output: (image) => this.#onImage(image),
        error: () => {
          if (this.#video === video) this.#needKeyFrame();
        },
      });
      video.configure(decoderConfig(codec, frame.data));
      this.#video = video;
      this.#videoCodec = codec;
    }
    this.#feed(frame, 'key');
  }

  #decodeDelta(frame: ArrivedFrame): void {
    const follows = this.#video !== undefined && frame.number === this.#lastNumber + 1;
    if (!follows || frame.codec !== this.#videoCodec || this.#decoding.size >= MAX_QUEUE) {
      this.#events.onDropped();
      this.#needKeyFrame();
      return;
    }
    this.#feed(frame, 'delta');
  }

  #feed(frame: ArrivedFrame, type: EncodedVideoChunkType): void {
    this.#lastNumber = frame.number;
    this.#decoding.set(frame.number, frame);
    try {
      this.#video?.decode(
        new EncodedVideoChunk({ type, timestamp: frame.number, data: frame.data }),
      );
    } catch {
      // Not a key frame despite its flag, or the decoder has just failed.
      this.#needKeyFrame();
    }
  }

  #onImage(image: VideoFrame): void {
    const frame = this.#decoding.get(image.timestamp);
    if (frame === undefined) {
      image.close();
      return;
    }
    // Earlier frames without output are lost: decoders output in order.
    for (const number of this.#decoding.keys()) {
      if (number <= frame.number) this.#decoding.delete(number);
    }
    this.#askedAt = -Infinity;
    // Non-square pixels may stretch the image, which is drawn at the display size.
    if (image.displayWidth * image.displayHeight > MAX_PIXELS) {
      image.close();
      this.#events.onDropped();
      return;
    }
    this.#give(image, frame);
  }

  #needKeyFrame(): void {
    this.#endVideo();
    const now = performance.now();
    if (now - this.#askedAt < ASK_AGAIN_MS) return;
    this.#askedAt = now;
    this.#events.onKeyFrameNeeded();
  }

  #endVideo(): void {
    for (let left = this.#decoding.size; left > 0; left -= 1) this.#events.onDropped();
    this.#decoding.clear();
    if (this.#video !== undefined && this.#video.state !== 'closed') this.#video.close();
    this.#video = undefined;
  }

  async #decodeJpegs(): Promise<void> {
    this.#isJpegBusy = true;
    while (this.#nextJpeg !== undefined) {
      const frame = this.#nextJpeg;
      this.#nextJpeg = undefined;
      try {
        const image = await decodeJpeg(frame.data);
        if (this.#isClosed) image.close();
        else this.#give(image, frame);
      } catch {
        // A damaged image. The next JPEG does not depend on it.
        this.#events.onDropped();
      }
    }
    this.#isJpegBusy = false;
  }

  #give(image: VideoFrame | ImageBitmap, { codec, capturedAt, arrivedAt }: ArrivedFrame): void {
    this.#events.onPicture({ image, codec, capturedAt, arrivedAt });
  }
}

/** `ImageDecoder` returns the planes without a conversion to RGB, if the browser has it. */
async function decodeJpeg(data: Uint8Array<ArrayBuffer>): Promise<VideoFrame | ImageBitmap> {
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
