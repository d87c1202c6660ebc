import type { AudioOutputStatistics } from '@roomkey/core';
import type { Method, ParamsOf, ResultOf } from '../../hosts/desktop/src/messages/index.js';

/** A picture's number, and the time at which it was ready, in milliseconds since 1970. */
export type Painted = readonly [number: number, at: number];

/** A picture's number, if readable, and the time at which it was on the canvas, as in `Painted`. */
export type Drawn = readonly [number: number | undefined, at: number];

/** The figures of a page since `forget`. */
export interface Seen {
  readonly painted: readonly Painted[];
  readonly drawn: readonly Drawn[];
  /** The units from the app. */
  readonly received: { readonly units: number; readonly bytes: number };
  /** The app's notices since the page was opened. */
  readonly notices: readonly string[];
}

/** The encoded clip. */
export interface EncodedClip {
  readonly bytes: number;
  /** PSNR of the luma, dB. */
  readonly psnr: number;
}

/** The codecs for the clip. */
export type ClipCodec = 'jpeg' | 'h264';

/** A sound as it passed a place in the page. */
export interface PassedSound {
  /** Hz. */
  readonly rate: number;
  readonly samples: readonly number[];
  /** When a sample was there, ms since 1970: of the first sample of each piece. */
  readonly times: readonly (readonly [index: number, at: number])[];
}

/** What a loudspeaker played so far, samples. */
export type Concealment = Pick<AudioOutputStatistics, 'playedSamples' | 'concealedSamples'>;

/** A report of the loudspeaker, and when it came; ms since 1970. */
export type SpeakerReport = AudioOutputStatistics & { readonly at: number };

/** The sound of a page since `forgetSound`. */
export interface HeardSound {
  /** What the microphone gave. */
  readonly captured: PassedSound;
  /** What was handed to the loudspeaker, before the volume. */
  readonly played: PassedSound;
  /** Of Roomkey's loudspeaker, about five a second. */
  readonly reports: readonly SpeakerReport[];
}

/** The page's functions for the benchmark: its global `bench`. */
export interface BenchPage {
  /** Encodes the clip, and compares the decoded pictures with the painted ones. */
  encodeClip(codec: ClipCodec, quality: number, frames: number): Promise<EncodedClip>;
  /** Sends a request to the app. */
  request<M extends Method>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>>;
  /** Waits until a room of this name is in the list. @returns its id */
  room(name: string): Promise<string>;
  /** Waits for a guest, and lets them in. */
  letIn(): Promise<void>;
  /** Waits until the call is live. */
  live(): Promise<void>;
  /** Starts and stops the pictures of the page's camera. */
  startPainting(): void;
  stopPainting(): void;
  /** Draws the pictures of this page's camera. */
  drawDirectly(): void;
  /** Calls by WebRTC with this page's camera. @returns the offer for the other page's `answer` */
  offer(): Promise<string>;
  /** Answers a call by WebRTC, and draws its video. @returns the answer for `accept` */
  answer(sdp: string): Promise<string>;
  /** Accepts the answer to `offer`. */
  accept(sdp: string, bitsASecond: number): Promise<void>;
  /** Bytes received by WebRTC; 0 without such a call. */
  receivedBytes(): Promise<number>;
  /** Ends the drawing and the calls of `drawDirectly`, `offer` and `answer`. */
  stop(): void;
  /** Talks by WebRTC. @returns the offer for the other page's `answerSound` */
  offerSound(): Promise<string>;
  /** Answers such a call. @returns the answer for `acceptSound` */
  answerSound(sdp: string): Promise<string>;
  acceptSound(sdp: string): Promise<void>;
  /** Ends it. */
  stopSound(): void;
  /** Of WebRTC while it is there, else of Roomkey. */
  concealment(): Promise<Concealment>;
  /** Resets the figures of `heard`. */
  forgetSound(): void;
  heard(): HeardSound;
  /** Resets the figures of `seen`. */
  forget(): void;
  seen(): Promise<Seen>;
}
