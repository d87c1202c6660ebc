import { z } from 'zod';
import { videoCodecNames } from '@roomkey/core/wire';

const deviceId = z.string().min(1).max(1024);

/** The user's settings, stored on this computer. */
export const settingsSchema = z.strictObject({
  theme: z.enum(['system', 'light', 'dark']),
  /** As in `CameraDevice`; absent: the camera's default device. */
  deviceId: deviceId.optional(),
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
  /** As in `AudioDevice`; absent: the first. */
  microphoneId: deviceId.optional(),
  speakerId: deviceId.optional(),
  /** Whether the microphone starts with a call. */
  microphone: z.boolean(),
  /** Echo cancellation, noise suppression and gain control. */
  processing: z.boolean(),
  /** The volume of the participants, 0…100. */
  volume: z.int().min(0).max(100),
});

/** The user's settings, stored on this computer. */
export type Settings = z.infer<typeof settingsSchema>;
