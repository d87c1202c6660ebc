import { sep } from 'node:path';
import { z } from 'zod';
import { parseInput, parseOutput } from './device-name.js';

/** Refuses a name that can be no device; whether the device is there shows when it is opened. */
function device(parse: (name: string, base: string) => unknown) {
  return z.string().superRefine((name, context) => {
    try {
      parse(name, sep);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : '' });
    }
  });
}

export const configSchema = z.strictObject({
  input: device(parseInput)
    .default('none')
    .describe(
      'Microphone for calls that name none: none, tone, tone:HZ, file:PATH.wav or command:PROGRAM.',
    ),
  output: device(parseOutput)
    .default('none')
    .describe('Loudspeaker for calls that name none: none, file:PATH.wav or command:PROGRAM.'),
});
