import type { CaptureRequest, ErrorCode, VideoUnit } from '@roomkey/core';
import type { Source } from '../device-name.js';

/** Messages to the capture process. `open` comes at most once. */
export type ToCapture =
  | { readonly type: 'open'; readonly source: Source; readonly request: CaptureRequest }
  /** One more unit can be sent. */
  | { readonly type: 'credit' }
  | { readonly type: 'quality'; readonly quality: number }
  | { readonly type: 'close' };

/** Messages from the capture process. */
export type FromCapture =
  /** OpenCV is loaded. `clockOffset`: result of that function in the process. */
  | { readonly type: 'ready'; readonly clockOffset: number }
  /** The source delivered its first picture. */
  | { readonly type: 'opened' }
  | { readonly type: 'unit'; readonly unit: VideoUnit }
  /** Nothing comes after it. `details`: what OpenCV or the system said, for those who look closer. */
  | {
      readonly type: 'failed';
      readonly code: ErrorCode;
      readonly message: string;
      readonly details?: string;
    };
