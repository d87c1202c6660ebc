import type { IncomingStream, IncomingStreamSink } from '../streams/incoming-stream.js';
import type { EndReason } from '../wire/control.js';
import type { VideoKind } from '../wire/video-kind.js';
import {
  readVideoUnit,
  videoCodecs,
  type NumberedVideoUnit,
  type VideoCodec,
} from '../wire/index.js';

/** Shows or stores the frames of a track. */
export interface VideoSink {
  /**
   * Receives a unit. The sender waits until it was drawn, written, or skipped on purpose.
   *
   * @param unit its data is a view of `bytes`
   * @param bytes the received unit with its header; the sink owns it
   * @param onConsumed the sink calls it then, once for each unit
   */
  onUnit(unit: NumberedVideoUnit, bytes: Uint8Array, onConsumed: () => void): void;
}

/** The events of a remote track. Called synchronously. */
export interface RemoteVideoTrackHandlers {
  /** Each unit, before the sink receives it. */
  onUnit(unit: NumberedVideoUnit): void;
  onEnd(reason: EndReason): void;
}

/** A camera or screen of another participant, from its stream to the sink that shows it. */
export class RemoteVideoTrack implements IncomingStreamSink {
  readonly kind: VideoKind;
  readonly #stream: IncomingStream;
  readonly #codecs: readonly VideoCodec[];
  readonly #handlers: RemoteVideoTrackHandlers;
  #sink: VideoSink | undefined;
  /** The numbers of the units that the sink has not consumed. */
  readonly #unconsumed = new Set<number>();
  /** Whether a key unit was asked for and has not come: asking again would say the same. */
  #isKeyRequested = false;
  #hasDeltaUnits = false;

  /** @param options.codecs the codecs in the hello of this side */
  constructor(options: {
    readonly kind: VideoKind;
    readonly stream: IncomingStream;
    readonly codecs: readonly VideoCodec[];
    readonly handlers: RemoteVideoTrackHandlers;
  }) {
    this.kind = options.kind;
    this.#stream = options.stream;
    this.#codecs = options.codecs;
    this.#handlers = options.handlers;
  }

  /**
   * Replaces the sink. With `undefined`, units count as consumed when they arrive. A new sink receives
   * a key unit first.
   */
  setSink(sink: VideoSink | undefined): void {
    this.#sink = sink;
    // The previous sink consumes nothing more.
    for (const number of this.#unconsumed) this.#consume(number);
    if (sink !== undefined) this.requestKeyUnit();
  }

  /** Tells the sender that no unit can be decoded before the next key unit. */
  requestKeyUnit(): void {
    if (this.#isKeyRequested || !this.#hasDeltaUnits) return;
    this.#isKeyRequested = true;
    this.#stream.requestKeyFrame();
  }

  /** Tells the sender whether anything of the track is shown. */
  setVisible(visible: boolean): void {
    this.#stream.setVisible(visible);
  }

  onUnit(bytes: Uint8Array): void {
    const unit = readVideoUnit(bytes);
    if (!this.#codecs.includes(unit.codec)) throw new RangeError(`${unit.codec} was not offered`);
    if (unit.isKey) this.#isKeyRequested = false;
    this.#hasDeltaUnits = videoCodecs[unit.codec].hasDeltaUnits;
    this.#handlers.onUnit(unit);
    this.#unconsumed.add(unit.number);
    if (this.#sink === undefined) this.#consume(unit.number);
    else this.#sink.onUnit(unit, bytes, () => this.#consume(unit.number));
  }

  onEnd(reason: EndReason): void {
    this.#sink = undefined;
    this.#handlers.onEnd(reason);
  }

  #consume(number: number): void {
    if (this.#unconsumed.delete(number)) this.#stream.consume();
  }
}
