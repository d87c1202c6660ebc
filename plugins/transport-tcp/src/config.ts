import { z } from 'zod';

export const configSchema = z.strictObject({
  port: z
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .describe('The TCP port to listen on, for a firewall with one open port; 0: any free port.'),
  connectTimeoutMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(2_000)
    .describe(
      'How long connecting may take, in milliseconds, before the other side counts as unreachable.',
    ),
});

export type TcpConfig = z.infer<typeof configSchema>;
