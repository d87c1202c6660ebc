import type { CaptureRequest } from '@roomkey/core';
import type { VideoCodec } from '@roomkey/core/wire';
import { now } from './capture-clock.js';
import { EncoderSelector } from './encoder-selector.js';
import { imageSize, type CapturedImage, type EncodedImage } from './picture-encoder.js';
import { writeUnitHeader } from './unit-message.js';

/** Interval at which a still picture is encoded again, in ms: it becomes sharper, and repairs a loss. */
const STILL_INTERVAL = 500;
/** The number of newer pictures after which an encoder is flushed. */
const PATIENCE = 3;
/** The smallest difference of two capture times, in ms: more than their rounding error. */
const LEAST_STEP = 0.01;

/** The options of `EncodeScheduler`. */
export interface EncodeSchedulerOptions {
  /** Whether the source delivers no picture while nothing moves, like a screen: the last one is current. */
  readonly isStill: boolean;
  /** Called with a binary message for Node, which it owns. */
  onUnit(message: ArrayBuffer): void;
  /** Called when no more units follow. */
  onBroken(message: string): void;
}

/**
 * Encodes pictures on credit, one at a time, as soon as it has credit and a picture that was not sent.
 * Without credit the next picture replaces the last; a unit is never dropped.
 */
export class EncodeScheduler {
  readonly #source: number;
  readonly #request: CaptureRequest;
  readonly #options: EncodeSchedulerOptions;
  readonly #selector: EncoderSelector;
  #generation = 0;
  /** The number of the next unit for the receiver. */
  #number = 0;
  /** The number of further units that the receiver accepts. */
  #credit = 0;
  #quality: number;
  #needsKey = true;
  #newest: CapturedImage | undefined;
  /** Whether the newest picture should be encoded. */
  #isUnsent = false;
  #isEncoding = false;
  #addedMeanwhile = 0;
  #lastTime = 0;
  #repeat: ReturnType<typeof setTimeout> | undefined;

  constructor(source: number, request: CaptureRequest, options: EncodeSchedulerOptions) {
    this.#source = source;
    this.#request = request;
    this.#quality = request.quality;
    this.#options = options;
    this.#selector = new EncoderSelector(request);
  }

  /** Takes ownership of a picture, which is now the newest. */
  add(image: VideoFrame | ImageBitmap, capturedAt: number): void {
    this.#newest?.image.close();
    this.#newest = { image, capturedAt };
    this.#isUnsent = true;
    if (this.#isEncoding && ++this.#addedMeanwhile === PATIENCE) this.#selector.flush();
    this.#encodeNext();
  }

  /** Call for a new receiver: previous credit becomes void. */
  setReceiver(generation: number, codecs: readonly VideoCodec[]): void {
    this.#generation = generation;
    this.#number = 0;
    this.#credit = 0;
    this.#selector.setCodecs(codecs);
    this.requestKeyUnit();
  }

  grant(units: number): void {
    this.#credit += units;
    this.#encodeNext();
  }

  requestKeyUnit(): void {
    this.#needsKey = true;
    if (this.#options.isStill) this.#isUnsent = true;
    this.#encodeNext();
  }

  setQuality(quality: number): void {
    this.#quality = quality;
  }

  #encodeNext(): void {
    if (this.#credit === 0 || this.#isEncoding || this.#newest === undefined) return;
    if (!this.#isUnsent) {
      if (this.#options.isStill) this.#repeatLater();
      return;
    }
    clearTimeout(this.#repeat);
    this.#repeat = undefined;
    this.#isEncoding = true;
    this.#addedMeanwhile = 0;
    void this.#encode(this.#newest);
  }

  #repeatLater(): void {
    this.#repeat ??= setTimeout(() => {
      this.#repeat = undefined;
      this.#isUnsent = true;
      this.#encodeNext();
    }, STILL_INTERVAL);
  }

  async #encode({ image }: CapturedImage): Promise<void> {
    try {
      const generation = this.#generation;
      const selected = this.#selector.selected ?? (await this.#selector.select(imageSize(image)));
      // A new receiver may need a different encoder.
      const picture = generation === this.#generation ? this.#takeNewest() : undefined;
      if (picture === undefined) return;
      const key = this.#needsKey;
      this.#needsKey = false;
      this.#credit -= 1;
      const options = { quality: this.#quality, into: this.#request, key };
      let encoded: EncodedImage | undefined;
      try {
        encoded = await selected.encoder.encode(picture, options);
      } catch (error) {
        this.#giveUp(selected.codec, error);
      }
      // Credit that a new receiver made void is not restored.
      const isVoid = generation !== this.#generation;
      if (encoded === undefined) {
        if (key) this.#needsKey = true;
        if (!isVoid) this.#credit += 1;
        return;
      }
      if (!this.#options.isStill) this.#release(picture.image);
      if (!isVoid) this.#send(encoded, selected.codec, picture.capturedAt);
    } catch (error) {
      this.#credit = 0;
      this.#options.onBroken(String(error));
    } finally {
      this.#isEncoding = false;
      this.#encodeNext();
    }
  }

  #send({ message, ...unit }: EncodedImage, codec: VideoCodec, capturedAt: number): void {
    const number = this.#number++;
    const prefix = { source: this.#source, generation: this.#generation };
    writeUnitHeader(message, prefix, { codec, number, capturedAt, ...unit });
    this.#options.onUnit(message.buffer);
  }

  /** Encodes the picture again, in the next codec. @throws the error of JPEG, the last one */
  #giveUp(codec: VideoCodec, error: unknown): void {
    if (codec === 'jpeg') throw error;
    this.#selector.giveUp(codec);
    this.#needsKey = true;
    this.#isUnsent = true;
  }

  /** The newest picture, for encoding. */
  #takeNewest(): CapturedImage | undefined {
    if (this.#newest === undefined) return undefined;
    this.#isUnsent = false;
    const { image, capturedAt } = this.#newest;
    const time = now();
    const isStill = this.#options.isStill && time - capturedAt > STILL_INTERVAL;
    this.#lastTime = Math.max(isStill ? time : capturedAt, this.#lastTime + LEAST_STEP);
    return { image, capturedAt: this.#lastTime };
  }

  /** Frees a picture's memory: a camera has few buffers, and drops pictures without a free one. */
  #release(image: CapturedImage['image']): void {
    if (this.#newest?.image !== image) return;
    image.close();
    this.#newest = undefined;
  }
}
