import { z } from 'zod';

/** What a person chooses and this machine keeps. */
export const settingsSchema = z.strictObject({
  theme: z.enum(['system', 'light', 'dark']),
  /** What `CameraDevice.id` says; absent: whichever the camera takes by itself. */
  deviceId: z.string().min(1).max(1024).optional(),
  /** Pixels of the picture that is sent. */
  resolution: z.enum(['640x360', '1280x720', '1920x1080']),
  /** Frames a second. */
  fps: z.union([z.literal(15), z.literal(30), z.literal(60)]),
  /** `auto`: the best that both sides know. */
  codec: z.enum(['auto', 'h264', 'vp8', 'jpeg']),
  /** 1…100, as `CaptureRequest.quality`. */
  quality: z.int().min(1).max(100),
  /** Whether the own picture is shown as in a mirror. */
  mirror: z.boolean(),
  /** Whether the call window shows figures. */
  statistics: z.boolean(),
});

/** What a person chooses and this machine keeps. */
export type Settings = z.infer<typeof settingsSchema>;
