import { z } from 'zod';

/** The settings of `@roomkey/discovery-udp`. */
export const configSchema = z.strictObject({
  port: z
    .int()
    .min(1)
    .max(65_535)
    .default(37_020)
    .describe('UDP port; must be the same on all machines that find each other'),
  intervalMs: z
    .int()
    .min(200)
    .max(6_000)
    .default(2_000)
    .describe('Time between two announcements, ms, ±10 %; a room disappears after 7 s without one'),
});

export type UdpDiscoveryConfig = z.infer<typeof configSchema>;
