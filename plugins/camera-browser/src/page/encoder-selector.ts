import type { CaptureRequest } from '@roomkey/core';
import type { VideoCodec } from '@roomkey/core/wire';
import { DeltaEncoder } from './delta-encoder.js';
import { canEncode } from './encoder-table.js';
import { JpegEncoder } from './jpeg-encoder.js';
import type { PictureEncoder } from './picture-encoder.js';
import { scaleToFit, type Size } from './scale-to-fit.js';

/** The encoder in use. */
export interface SelectedEncoder {
  readonly codec: VideoCodec;
  readonly encoder: PictureEncoder;
}

/**
 * What is tried, in this order, where nothing was asked for, or what was cannot be had. H.264 takes
 * the least of the processor: 7 ms a picture of 1280 × 720, VP9 13, AV1 11. AV1 is used only where it
 * is asked for.
 */
const DEFAULTS = ['h264', 'vp8', 'vp9'] as const;

/** Holds the encoder for the codecs that the receiver can decode, and changes it with them. */
export class EncoderSelector {
  readonly #request: CaptureRequest;
  /** What this browser cannot encode, once it failed: it will not do so later either. */
  readonly #failed = new Set<VideoCodec>();
  #codecs: readonly VideoCodec[] = [];
  #current: SelectedEncoder | undefined;
  /** Whether the current encoder is the one for the codecs of now. */
  #isSelected = false;

  constructor(request: CaptureRequest) {
    this.#request = request;
  }

  setCodecs(codecs: readonly VideoCodec[]): void {
    this.#codecs = codecs;
    this.#isSelected = false;
  }

  /** @param picture the size of pictures, before they are made to fit */
  async select(picture: Size): Promise<SelectedEncoder> {
    if (this.#isSelected && this.#current !== undefined) return this.#current;
    this.#isSelected = true;
    const { codec: preferred, fps } = this.#request;
    for (const codec of [preferred, ...DEFAULTS]) {
      if (codec === 'jpeg') break;
      if (codec === undefined || !this.#codecs.includes(codec) || this.#failed.has(codec)) continue;
      if (codec === this.#current?.codec) return this.#current;
      if (await canEncode(codec, scaleToFit(picture, this.#request, 2), fps)) {
        return this.#use({ codec, encoder: new DeltaEncoder(codec, fps) });
      }
      this.#failed.add(codec);
    }
    if (this.#current?.codec === 'jpeg') return this.#current;
    return this.#use({ codec: 'jpeg', encoder: new JpegEncoder() });
  }

  /** Has another codec take the place of one whose encoder failed. */
  giveUp(codec: VideoCodec): void {
    this.#failed.add(codec);
    this.#isSelected = false;
  }

  /** See `PictureEncoder.flush`. */
  flush(): void {
    this.#current?.encoder.flush();
  }

  #use(selected: SelectedEncoder): SelectedEncoder {
    this.#current?.encoder.close();
    this.#current = selected;
    return selected;
  }
}
