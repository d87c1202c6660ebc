import { z } from 'zod';

export const configSchema = z.strictObject({
  input: z
    .string()
    .min(1)
    .default('none')
    .describe(
      'Microphone for calls that name none: none, tone, tone:HZ, file:PATH.wav or command:PROGRAM.',
    ),
  output: z
    .string()
    .min(1)
    .default('none')
    .describe('Loudspeaker for calls that name none: none, file:PATH.wav or command:PROGRAM.'),
});
