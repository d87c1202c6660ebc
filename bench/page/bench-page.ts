import type { Method, ParamsOf, ResultOf } from '../../hosts/desktop/src/messages/index.js';

/** Number of a picture, and when it was ready, in milliseconds since 1970. */
export type Painted = readonly [number: number, at: number];

/** Number of a picture, where it could be read, and when it was on the canvas, as of `Painted`. */
export type Drawn = readonly [number: number | undefined, at: number];

/** What a page tells of the time since `forget`. */
export interface Seen {
  readonly painted: readonly Painted[];
  readonly drawn: readonly Drawn[];
  /** What came from the app. */
  readonly received: { readonly units: number; readonly bytes: number };
  /** What the app found worth telling, since the page was opened. */
  readonly notices: readonly string[];
}

/** The clip, encoded. */
export interface EncodedClip {
  readonly bytes: number;
  /** dB, of luma. */
  readonly psnr: number;
}

/** Which codecs the clip is encoded with. */
export type ClipCodec = 'jpeg' | 'h264';

/** What the benchmark has a page do: `bench`, a global of the page. */
export interface BenchPage {
  /** Encodes the clip, and compares what is decoded with what was painted. */
  encodeClip(codec: ClipCodec, quality: number, frames: number): Promise<EncodedClip>;
  /** Asks the app. */
  request<M extends Method>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>>;
  /** Waits until a room of this name is in the list. @returns its id */
  room(name: string): Promise<string>;
  /** Waits until the call is live. */
  live(): Promise<void>;
  /** The page's camera gives pictures, and gives none. */
  startPainting(): void;
  stopPainting(): void;
  /** Draws the pictures of this page's camera. */
  drawDirectly(): void;
  /** Calls by WebRTC with this page's camera. @returns the offer for the other page's `answer` */
  offer(): Promise<string>;
  /** Takes a call by WebRTC, and draws what comes. @returns the answer for `accept` */
  answer(sdp: string): Promise<string>;
  /** After `offer`. */
  accept(sdp: string, bitsASecond: number): Promise<void>;
  /** Bytes that came by WebRTC; 0 where there is no such call. */
  receivedBytes(): Promise<number>;
  /** Ends what `drawDirectly`, `offer` and `answer` began. */
  stop(): void;
  /** What was seen does not count. */
  forget(): void;
  seen(): Promise<Seen>;
}
