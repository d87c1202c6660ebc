import type { CaptureRequest, ErrorCode, VideoFrame } from '@roomkey/core';
import type { Source } from '../device-name.js';

/** What the capture process is told. `open` comes at most once. */
export type ToCapture =
  | { readonly type: 'open'; readonly source: Source; readonly request: CaptureRequest }
  /** One more frame can be sent. */
  | { readonly type: 'credit' }
  | { readonly type: 'quality'; readonly quality: number }
  | { readonly type: 'close' };

/** What the capture process tells. */
export type FromCapture =
  /** OpenCV is loaded. `clockOffset` as the function of that name gives it there. */
  | { readonly type: 'ready'; readonly clockOffset: number }
  /** The source gave its first picture. */
  | { readonly type: 'opened' }
  | { readonly type: 'frame'; readonly frame: VideoFrame }
  /** Nothing comes after it. `details`: what OpenCV or the system said, for those who look closer. */
  | {
      readonly type: 'failed';
      readonly code: ErrorCode;
      readonly message: string;
      readonly details?: string;
    };
