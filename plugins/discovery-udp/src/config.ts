import { z } from 'zod';

/** The settings of `@roomkey/discovery-udp`. */
export const configSchema = z.strictObject({
  port: z
    .int()
    .min(1)
    .max(65_535)
    .default(37_020)
    .describe('UDP port; the same on every machine that is to be found'),
  intervalMs: z
    .int()
    .min(200)
    .max(6_000)
    .default(2_000)
    .describe('Time between two announcements, ms, give or take a tenth; a room is lost after 7 s'),
});

export type UdpDiscoveryConfig = z.infer<typeof configSchema>;
