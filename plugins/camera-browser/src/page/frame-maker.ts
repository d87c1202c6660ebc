import type { CaptureRequest, VideoCodec } from '@roomkey/core';
import { now } from './capture-clock.js';
import { canEncode } from './delta-config.js';
import { DeltaEncoder } from './delta-encoder.js';
import { JpegEncoder } from './jpeg-encoder.js';
import { writeFrameHeader } from './messages.js';
import { imageSize, type CapturedImage, type PictureEncoder } from './picture-encoder.js';
import { scaleToFit } from './scale-to-fit.js';

/**
 * Interval at which an unchanged screen is encoded again, ms: it gets sharper, and recovers from
 * losses.
 */
const STILL_INTERVAL = 500;
/** Newer images that may arrive before the encoder is flushed. */
const PATIENCE = 3;
/** Minimum difference between capture times, ms: more than rounding loses. */
const LEAST_STEP = 0.01;

/** The encoder in use. */
interface Choice {
  readonly codec: VideoCodec;
  readonly use: PictureEncoder;
}

export interface FrameMakerOptions {
  /** Whether the source only delivers changes, like a screen: the last image stays valid. */
  readonly isStill: boolean;
  /** Takes over a message for Node.js. */
  onFrame(message: ArrayBuffer): void;
  /** Called when encoding failed for good. */
  onBroken(message: string): void;
}

/**
 * Encodes the newest image for each request: at once if it was not sent yet, else the next one that
 * arrives. One image is encoded at a time.
 */
export class FrameMaker {
  readonly #source: number;
  readonly #request: CaptureRequest;
  readonly #options: FrameMakerOptions;
  readonly #useless = new Set<VideoCodec>();
  #encoder: Choice | undefined;
  /** Whether the encoder was chosen for the current codecs. */
  #isChosen = false;
  #codecs: readonly VideoCodec[] = ['jpeg'];
  #quality: number;
  #needsKey = true;
  #newest: CapturedImage | undefined;
  #wasSent = false;
  #isWanted = false;
  #isEncoding = false;
  #cameMeanwhile = 0;
  #lastTime = 0;
  #repeat: ReturnType<typeof setTimeout> | undefined;

  constructor(source: number, request: CaptureRequest, options: FrameMakerOptions) {
    this.#source = source;
    this.#request = request;
    this.#quality = request.quality;
    this.#options = options;
  }

  /** Takes over the newest image. */
  take(image: VideoFrame | ImageBitmap, capturedAt: number): void {
    this.#newest?.image.close();
    this.#newest = { image, capturedAt };
    this.#wasSent = false;
    if (this.#isEncoding && ++this.#cameMeanwhile === PATIENCE) this.#encoder?.use.flush();
    this.#make();
  }

  /** Requests one frame. */
  want(): void {
    this.#isWanted = true;
    this.#make();
  }

  setCodecs(codecs: readonly VideoCodec[]): void {
    this.#codecs = codecs;
    this.#isChosen = false;
    this.requestKeyFrame();
  }

  requestKeyFrame(): void {
    this.#needsKey = true;
    if (this.#options.isStill) this.#wasSent = false;
    this.#make();
  }

  setQuality(quality: number): void {
    this.#quality = quality;
  }

  #make(): void {
    if (!this.#isWanted || this.#isEncoding || this.#newest === undefined) return;
    if (this.#wasSent) {
      if (this.#options.isStill) this.#repeatLater();
      return;
    }
    clearTimeout(this.#repeat);
    this.#repeat = undefined;
    this.#isEncoding = true;
    this.#cameMeanwhile = 0;
    void this.#encode()
      .catch((error: unknown) => {
        this.#isWanted = false;
        this.#options.onBroken(String(error));
      })
      .finally(() => {
        this.#isEncoding = false;
        this.#make();
      });
  }

  #repeatLater(): void {
    this.#repeat ??= setTimeout(() => {
      this.#repeat = undefined;
      this.#wasSent = false;
      this.#make();
    }, STILL_INTERVAL);
  }

  async #encode(): Promise<void> {
    const { codec, use } = (this.#isChosen ? this.#encoder : undefined) ?? (await this.#choose());
    const key = this.#needsKey;
    const picture = this.#takeNewest();
    if (picture === undefined) return;
    this.#needsKey = false;
    let encoded;
    try {
      encoded = await use.encode(picture, { quality: this.#quality, into: this.#request, key });
    } catch (error) {
      if (codec === 'jpeg') throw error;
      this.#giveUp(codec);
      return;
    }
    if (encoded === undefined) {
      if (key) this.#needsKey = true;
      return;
    }
    if (!this.#options.isStill) this.#release(picture.image);
    const { message, ...frame } = encoded;
    writeFrameHeader(message, this.#source, { codec, ...frame, capturedAt: picture.capturedAt });
    this.#isWanted = false;
    this.#options.onFrame(message.buffer);
  }

  /** Frees an image at once: cameras have few buffers and drop images when all are in use. */
  #release(image: CapturedImage['image']): void {
    if (this.#newest?.image !== image) return;
    image.close();
    this.#newest = undefined;
  }

  /** Takes the newest image for encoding. */
  #takeNewest(): CapturedImage | undefined {
    if (this.#newest === undefined) return undefined;
    this.#wasSent = true;
    const { image, capturedAt } = this.#newest;
    const time = now();
    const isStill = this.#options.isStill && time - capturedAt > STILL_INTERVAL;
    this.#lastTime = Math.max(isStill ? time : capturedAt, this.#lastTime + LEAST_STEP);
    return { image, capturedAt: this.#lastTime };
  }

  /** Chooses the first preferred codec that the receiver and this browser support. */
  async #choose(): Promise<Choice> {
    this.#isChosen = true;
    const { codec: preferred, fps } = this.#request;
    for (const codec of [preferred, 'h264', 'vp8'] as const) {
      if (codec === 'jpeg') break;
      if (codec === undefined || !this.#codecs.includes(codec) || this.#useless.has(codec))
        continue;
      if (codec === this.#encoder?.codec) return this.#encoder;
      const size = this.#newest && scaleToFit(imageSize(this.#newest.image), this.#request, 2);
      if (size !== undefined && (await canEncode(codec, size, fps))) {
        return this.#use({ codec, use: new DeltaEncoder(codec, fps) });
      }
      this.#useless.add(codec);
    }
    if (this.#encoder?.codec === 'jpeg') return this.#encoder;
    return this.#use({ codec: 'jpeg', use: new JpegEncoder() });
  }

  #use(choice: Choice): Choice {
    this.#encoder?.use.close();
    this.#encoder = choice;
    return choice;
  }

  /** Excludes a codec whose encoder failed; another one takes its place. */
  #giveUp(codec: VideoCodec): void {
    this.#useless.add(codec);
    this.#isChosen = false;
    this.#needsKey = true;
    this.#wasSent = false;
  }
}
