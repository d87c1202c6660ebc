import type { FrameReport } from '../join/frame-meter.js';

/** Which end of the demo a process is. */
export type DemoRole = 'host' | 'guest';

/** What a side is to do. */
export interface DemoTask {
  readonly type: 'task';
  readonly role: DemoRole;
  readonly name: string;
  readonly roomPassword: string;
  /** As `--camera` takes it. */
  readonly camera: string;
  readonly workingDirectory: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly quality: number;
  /** The guest's: the room to look for. */
  readonly roomId?: string;
}

/** A frame by its number and the first 8 bytes of its picture's SHA-256 in hexadecimal. */
export type FrameMark = readonly [number: number, digest: string];

/** What a side says at the end. */
export interface DemoSideReport extends FrameReport {
  /** Frames that the camera gave while the other side was there. */
  readonly offered: number;
  readonly sent: number;
  readonly connections: number;
  readonly cipher: string;
  readonly words: readonly string[];
  readonly peer: string;
  /** The camera's plugin. */
  readonly camera: string;
}

/** What the demo tells a side. */
export type ToSide =
  | DemoTask
  /** Take no more pictures. */
  | { readonly type: 'stop' }
  /** Both sides have stopped. */
  | { readonly type: 'report' };

/** What a side tells the demo. */
export type FromSide =
  | { readonly type: 'room'; readonly id: string }
  /** The other side's camera is on. */
  | { readonly type: 'live' }
  /** The own camera is off, and so is the other side's: all its frames are there. */
  | { readonly type: 'stopped' }
  | {
      readonly type: 'report';
      readonly report: DemoSideReport;
      readonly sent: readonly FrameMark[];
      readonly received: readonly FrameMark[];
    }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };
