import { z } from 'zod';

export const configSchema = z.strictObject({
  port: z
    .int()
    .min(0)
    .max(65_535)
    .default(0)
    .describe(
      'The TCP port to listen on, for a firewall that opens one port only; 0: any that is free.',
    ),
  connectTimeoutMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(2_000)
    .describe('How long dialling may take, in milliseconds, before the other side counts as gone.'),
});

export type TcpConfig = z.infer<typeof configSchema>;
