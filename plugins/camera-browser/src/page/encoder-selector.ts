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
 * The codecs to try, in this order, if none was requested or the requested one is not available. H.264
 * needs the least processor time: 7 ms per picture of 1280 × 720; VP9 needs 13, AV1 11. AV1 is used
 * only on request.
 */
const DEFAULTS = ['h264', 'vp8', 'vp9'] as const;

/** Holds the encoder for the codecs that the receiver can decode, and changes it with them. */
export class EncoderSelector {
  readonly #request: CaptureRequest;
  /** The codecs that failed in this browser; they are not tried again. */
  readonly #failed = new Set<VideoCodec>();
  #codecs: readonly VideoCodec[] = [];
  #current: SelectedEncoder | undefined;
  /** Whether the current encoder is the one for the current codecs. */
  #isSelected = false;

  constructor(request: CaptureRequest) {
    this.#request = request;
  }

  setCodecs(codecs: readonly VideoCodec[]): void {
    this.#codecs = codecs;
    this.#isSelected = false;
  }

  /** The encoder for the current codecs; undefined before `select`. */
  get selected(): SelectedEncoder | undefined {
    return this.#isSelected ? this.#current : undefined;
  }

  /** @param picture the size of pictures, before scaling */
  async select(picture: Size): Promise<SelectedEncoder> {
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

  /** Replaces a codec whose encoder failed by the next one. */
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
