import type { FrameReport } from '../join/frame-meter.js';
import type { SoundReport } from '../join/sound.js';

/** A process's side of the demo call. */
export type DemoRole = 'host' | 'guest';

/** The task of a side. */
export interface DemoTask {
  readonly type: 'task';
  readonly role: DemoRole;
  readonly name: string;
  readonly roomPassword: string;
  /** The value of `--camera`. */
  readonly camera: string;
  readonly workingDirectory: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly quality: number;
  /** The room to look for; only for the guest. */
  readonly roomId?: string;
}

/** A frame by its number and the first 8 bytes of its picture's SHA-256 in hexadecimal. */
export type FrameMark = readonly [number: number, digest: string];

/** A side's report at the end. */
export interface DemoSideReport extends FrameReport {
  /** Frames that the camera captured while the other side was in the call. */
  readonly offered: number;
  readonly sent: number;
  readonly connections: number;
  readonly cipher: string;
  readonly words: readonly string[];
  readonly peer: string;
  /** The camera's plugin. */
  readonly camera: string;
  /** Of the test tone that each side sends. */
  readonly sound: SoundReport;
}

/** Messages of the demo to a side. */
export type ToSide =
  | DemoTask
  /** Stop the camera. */
  | { readonly type: 'stop' }
  /** Both sides have stopped. */
  | { readonly type: 'report' };

/** Messages of a side to the demo. */
export type FromSide =
  | { readonly type: 'room'; readonly id: string }
  /** The other side's camera is on. */
  | { readonly type: 'live' }
  /** Both cameras are off, and all frames of the other side have arrived. */
  | { readonly type: 'stopped' }
  | {
      readonly type: 'report';
      readonly report: DemoSideReport;
      readonly sent: readonly FrameMark[];
      readonly received: readonly FrameMark[];
    }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };
