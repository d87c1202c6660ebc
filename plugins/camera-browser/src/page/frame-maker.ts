import type { CaptureRequest, VideoCodec } from '@roomkey/core';
import { now } from './capture-clock.js';
import { canEncode } from './delta-config.js';
import { DeltaEncoder } from './delta-encoder.js';
import { JpegEncoder } from './jpeg-encoder.js';
import { writeFrameHeader } from './messages.js';
import { imageSize, type CapturedImage, type PictureEncoder } from './picture-encoder.js';
import { scaleToFit } from './scale-to-fit.js';

/** After how long a still picture is encoded again, in ms: it becomes sharper, and makes good a loss. */
const STILL_INTERVAL = 500;
/** How many newer pictures come before an encoder is hurried. */
const PATIENCE = 3;
/** The least difference of two times of capture, in ms: more than their rounding loses. */
const LEAST_STEP = 0.01;

/** The encoder in use. */
interface Choice {
  readonly codec: VideoCodec;
  readonly use: PictureEncoder;
}

/** Where frames go, and what is captured. */
export interface FrameMakerOptions {
  /** Whether nothing new comes where nothing moves, as of screens: then the last picture still holds. */
  readonly isStill: boolean;
  /** Given a message for Node, to keep. */
  onFrame(message: ArrayBuffer): void;
  /** There will be no more frames. */
  onBroken(message: string): void;
}

/**
 * Makes a frame of the newest picture each time one is wanted: at once where it was not sent yet,
 * else of the next that comes. One is encoded at a time.
 */
export class FrameMaker {
  readonly #source: number;
  readonly #request: CaptureRequest;
  readonly #options: FrameMakerOptions;
  readonly #useless = new Set<VideoCodec>();
  #encoder: Choice | undefined;
  /** Whether the encoder is the one for the codecs of now. */
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

  /** Takes over a picture, which is the newest now. */
  take(image: VideoFrame | ImageBitmap, capturedAt: number): void {
    this.#newest?.image.close();
    this.#newest = { image, capturedAt };
    this.#wasSent = false;
    if (this.#isEncoding && ++this.#cameMeanwhile === PATIENCE) this.#encoder?.use.flush();
    this.#make();
  }

  /** Makes one frame, now or when there is a picture. */
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

  /** Gives a picture's memory back: that of a camera has few places, and a full one drops pictures. */
  #release(image: CapturedImage['image']): void {
    if (this.#newest?.image !== image) return;
    image.close();
    this.#newest = undefined;
  }

  /** The newest picture, to encode it. */
  #takeNewest(): CapturedImage | undefined {
    if (this.#newest === undefined) return undefined;
    this.#wasSent = true;
    const { image, capturedAt } = this.#newest;
    const time = now();
    const isStill = this.#options.isStill && time - capturedAt > STILL_INTERVAL;
    this.#lastTime = Math.max(isStill ? time : capturedAt, this.#lastTime + LEAST_STEP);
    return { image, capturedAt: this.#lastTime };
  }

  /** The first codec of those we like that both the receiver and this browser know. */
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

  /** What an encoder cannot do once it cannot do later either: another codec takes its place. */
  #giveUp(codec: VideoCodec): void {
    this.#useless.add(codec);
    this.#isChosen = false;
    this.#needsKey = true;
    this.#wasSent = false;
  }
}
