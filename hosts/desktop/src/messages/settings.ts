import { z } from 'zod';
import { videoCodecNames } from '@roomkey/core/wire';

/** The user's settings, stored on this computer. */
export const settingsSchema = z.strictObject({
  theme: z.enum(['system', 'light', 'dark']),
  /** As in `CameraDevice`; absent: the camera's default device. */
  deviceId: z.string().min(1).max(1024).optional(),
  /** Resolution of the sent video, pixels. */
  resolution: z.enum(['640x360', '1280x720', '1920x1080']),
  /** Frames per second. */
  fps: z.union([z.literal(15), z.literal(30), z.literal(60)]),
  /** `auto`: the best that the camera encodes and the other side decodes. */
  codec: z.enum(['auto', ...videoCodecNames]),
  /** 1…100, as `CaptureRequest.quality`. */
  quality: z.int().min(1).max(100),
  /** Whether the user's own video is mirrored. */
  mirror: z.boolean(),
  /** Whether the call window shows statistics. */
  statistics: z.boolean(),
});

/** The user's settings, stored on this computer. */
export type Settings = z.infer<typeof settingsSchema>;
