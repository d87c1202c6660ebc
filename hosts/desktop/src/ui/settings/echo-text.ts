import type { EchoTestResult } from '@roomkey/core/host';

/** Less of a sound is not heard, dB. */
const INAUDIBLE_DB = -40;
/** What an echo canceller takes away at least where it works, dB. */
const CANCELED_DB = 10;

/** What others hear of themselves. */
export function echoText({ unprocessedDb, processedDb }: EchoTestResult): string {
  if (unprocessedDb < INAUDIBLE_DB)
    return 'No echo: your microphone doesn’t hear the loudspeaker. If you didn’t hear the tones, choose another loudspeaker or turn it up.';
  if (processedDb < INAUDIBLE_DB) return 'No echo: what your loudspeaker plays is removed.';
  if (unprocessedDb - processedDb >= CANCELED_DB)
    return 'A little echo is left. Turn the loudspeaker down, or use headphones.';
  return 'Others will hear themselves. Use headphones.';
}

/** Why there is no result. */
export function failureText(error: unknown): string {
  switch (error instanceof DOMException ? error.name : '') {
    case 'AbortError':
      return 'The browser played no sound. Click the button again.';
    case 'NotFoundError':
      return 'The tone was played. Echo can’t be tested without a microphone.';
    case 'NotAllowedError':
      return 'The tone was played. To test the echo, allow the microphone in your browser or system settings.';
    default:
      return 'The test didn’t work. Close other apps that use sound, and try again.';
  }
}
