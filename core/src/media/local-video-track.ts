import type { Camera, CaptureRequest, VideoSource } from '../contracts/camera.js';
import type { OutgoingStream, OutgoingStreamHandlers } from '../streams/outgoing-stream.js';
import type { EndReason } from '../wire/control.js';
import type { VideoKind } from '../wire/video-kind.js';
import {
  MAX_PICTURE_BYTES,
  videoHeader,
  type NumberedVideoUnit,
  type VideoCodec,
  type VideoUnit,
} from '../wire/index.js';
import { OpenDevice } from './open-device.js';

/** The peer that receives a track. */
export interface VideoPeer {
  /** The codecs that it can receive; JPEG is always among them. */
  readonly codecs: readonly VideoCodec[];
  /** @param intervalMs the time between two frames, ms */
  openVideo(kind: VideoKind, intervalMs: number, handlers: OutgoingStreamHandlers): OutgoingStream;
}

/** The events of a local track. Called synchronously. */
export interface LocalVideoTrackHandlers {
  /** Each unit of a source that does not encode on credit, with or without a peer. */
  onPreview(unit: VideoUnit): void;
  /** A unit is sent to the peer. */
  onSent(unit: NumberedVideoUnit): void;
  /** The source ended, or closing it failed; `start` tries again. */
  onLost(error: unknown): void;
}

/** Counts of the units of a track while there was a peer. */
export interface LocalVideoCounts {
  readonly sent: number;
  /**
   * Replaced by a newer unit before they could be sent, too large, or not decodable by the peer.
   */
  readonly dropped: number;
  /** Of encoded frames that were sent, without headers. */
  readonly bytes: number;
  /** Whether the peer shows the track: false while its window is hidden and consumes one unit a second. */
  readonly isShown: boolean;
}

/** The user's camera or screen, from its source to the stream that carries it. */
export class LocalVideoTrack {
  readonly kind: VideoKind;
  readonly #camera: Camera;
  readonly #handlers: LocalVideoTrackHandlers;
  readonly #device: OpenDevice<VideoSource>;
  /** The time between two frames, ms. */
  #intervalMs = 0;
  #peer: VideoPeer | undefined;
  #stream: OutgoingStream | undefined;
  /** Credit that the source has not used. */
  #credit = 0;
  /** Whether the peer can decode no delta unit before the next key unit. */
  #needsKey = true;
  /** Counts of streams that have ended. */
  #past = { sent: 0, dropped: 0, bytes: 0 };
  #rejected = 0;
  #isShown = true;

  constructor(kind: VideoKind, camera: Camera, handlers: LocalVideoTrackHandlers) {
    this.kind = kind;
    this.#camera = camera;
    this.#handlers = handlers;
    this.#device = new OpenDevice(kind);
  }

  get counts(): LocalVideoCounts {
    const { sent, dropped, bytes } = this.#stream?.counts ?? { sent: 0, dropped: 0, bytes: 0 };
    return {
      sent: this.#past.sent + sent,
      dropped: this.#past.dropped + dropped + this.#rejected,
      bytes: this.#past.bytes + bytes,
      isShown: this.#isShown,
    };
  }

  /**
   * Opens the source; closes a running one first, so that the device can be changed.
   *
   * @throws RoomkeyError `RK_CAMERA_*`; `RK_CLOSED` if `start` or `stop` was called before it was open
   */
  async start(request: CaptureRequest, signal: AbortSignal): Promise<void> {
    await this.#device.open(
      {
        open: (either) => this.#camera.open(request, { signal: either }),
        onOpen: (source) => {
          this.#intervalMs = 1_000 / request.fps;
          this.#connectSource();
          void this.#read(source);
        },
        onStopped: () => this.#endStream('stopped'),
      },
      signal,
    );
  }

  /** Closes the source, aborts one that is being opened, and ends the stream. Idempotent. */
  stop(): Promise<void> {
    return this.#device.close();
  }

  /** Changes the quality, 1…100, of the units to come. @throws RangeError outside that range */
  setQuality(quality: number): void {
    this.#device.current?.setQuality(quality);
  }

  /** Sets the peer that receives the track; `undefined` if there is none. */
  connect(peer: VideoPeer | undefined): void {
    this.#forgetStream();
    this.#peer = peer;
    this.#connectSource();
  }

  #connectSource(): void {
    const peer = this.#peer;
    const source = this.#device.current;
    if (peer === undefined || source === undefined) return;
    this.#needsKey = true;
    this.#credit = 0;
    source.encoding?.setCodecs(peer.codecs);
    if (this.#stream !== undefined) {
      this.#grant();
      return;
    }
    const stream: OutgoingStream = peer.openVideo(this.kind, this.#intervalMs, {
      onReady: () => this.#grant(),
      onRefused: () => {
        if (this.#stream === stream) this.#forgetStream();
      },
      onKeyFrameNeeded: () => {
        this.#needsKey = true;
        this.#device.current?.encoding?.requestKeyUnit();
      },
      onView: (visible) => (this.#isShown = visible),
    });
    this.#stream = stream;
  }

  /** Grants the source a credit for each unit that can be sent. */
  #grant(): void {
    const encoding = this.#device.current?.encoding;
    const more = (this.#stream?.capacity ?? 0) - this.#credit;
    if (encoding === undefined || more <= 0) return;
    this.#credit += more;
    encoding.grant(more);
  }

  async #read(source: VideoSource): Promise<void> {
    try {
      const reading = this.#readUnits(source);
      await (source.encoding === undefined
        ? reading
        : Promise.race([reading, thrown(source.encoding.lost)]));
    } catch (error) {
      if (this.#device.forget(source)) this.#endStream('lost');
      this.#handlers.onLost(error);
      await source.close().catch((closing: unknown) => this.#handlers.onLost(closing));
    }
  }

  async #readUnits(source: VideoSource): Promise<void> {
    for await (const unit of source) {
      // A source may still yield units while it is being closed.
      if (this.#device.current !== source) return;
      if (source.encoding === undefined) this.#handlers.onPreview(unit);
      else this.#credit = Math.max(0, this.#credit - 1);
      this.#send(unit);
      this.#grant();
    }
  }

  #send(unit: VideoUnit): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    if (!this.#isSendable(unit)) {
      this.#rejected += 1;
      if (!this.#needsKey) this.#device.current?.encoding?.requestKeyUnit();
      this.#needsKey = true;
      return;
    }
    this.#needsKey = false;
    const { data } = unit;
    const wasWhole = stream.send({
      header: (number) => {
        const numbered = { ...unit, number };
        this.#handlers.onSent(numbered);
        return videoHeader(numbered);
      },
      data,
    });
    if (!wasWhole && !unit.isKey) {
      this.#needsKey = true;
      this.#device.current?.encoding?.requestKeyUnit();
    }
  }

  #isSendable({ codec, data, isKey }: VideoUnit): boolean {
    if (data.length > MAX_PICTURE_BYTES || this.#peer?.codecs.includes(codec) !== true)
      return false;
    return isKey || !this.#needsKey;
  }

  #endStream(reason: EndReason): void {
    this.#stream?.end(reason);
    this.#forgetStream();
  }

  #forgetStream(): void {
    if (this.#stream === undefined) return;
    const { sent, dropped, bytes } = this.#stream.counts;
    this.#past = {
      sent: this.#past.sent + sent,
      dropped: this.#past.dropped + dropped,
      bytes: this.#past.bytes + bytes,
    };
    this.#stream = undefined;
    this.#credit = 0;
    this.#isShown = true;
  }
}

async function thrown(error: Promise<Error>): Promise<never> {
  throw await error;
}
