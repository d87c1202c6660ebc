/**
 * Sound without a window: from and to programs and WAV files. A microphone is
 *
 * - `command:PROGRAM ARGUMENT…`: a program that writes raw sound (s16le, 48 kHz, mono) to its standard
 *   output, such as `parec`, `arecord` or `ffmpeg`; it runs without a shell,
 * - `file:PATH.wav`: 16-bit PCM of any rate and number of channels, played once, and then silence,
 * - `tone` or `tone:HZ`: a short beep at each full second of the clock,
 * - `none`: silence.
 *
 * A loudspeaker is `command:PROGRAM ARGUMENT…`, which reads raw sound from its standard input,
 * `file:PATH.wav`, which is overwritten, or `none`. A relative path starts at the folder of the
 * configuration file, `~/` at the home folder. There is no echo cancellation.
 *
 * @example
 * ```json
 * {
 *   "use": "@roomkey/audio-command",
 *   "config": {
 *     "input": "command:parec --raw --format=s16le --rate=48000 --channels=1 --latency-msec=20",
 *     "output": "command:pacat --raw --format=s16le --rate=48000 --channels=1 --latency-msec=40"
 *   }
 * }
 * ```
 *
 * @packageDocumentation
 */
import { AudioDevices, definePlugin } from '@roomkey/core';
import { CommandAudio } from './command-audio.js';
import { configSchema } from './config.js';

export default definePlugin({
  name: '@roomkey/audio-command',
  apiVersion: '1.0',
  provides: AudioDevices,
  configSchema,
  create: ({ folders }, { input, output }): AudioDevices =>
    new CommandAudio({ input, output, base: folders.base }),
});
