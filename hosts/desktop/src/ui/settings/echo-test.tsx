import { useState } from 'preact/hooks';
import type { EchoTestResult, PageSound } from '@roomkey/core/host';
import { useUi } from '../context.js';
import { Button } from '../parts/button.js';

/** Less of a sound is not heard, dB. */
const INAUDIBLE_DB = -40;
/** What an echo canceller takes away at least where it works, dB. */
const CANCELED_DB = 10;

/** Plays short sounds, and says what others will hear of them. */
export function EchoTest({ sound }: { readonly sound: PageSound }) {
  const { settings } = useUi().state;
  const [isRunning, setRunning] = useState(false);
  const [result, setResult] = useState('');
  const run = async (): Promise<void> => {
    setRunning(true);
    setResult('You should hear tones now. Stay quiet for a few seconds…');
    try {
      const { microphoneId, speakerId } = settings ?? {};
      await sound.playTone(speakerId);
      setResult(echoText(await sound.testEcho(microphoneId, speakerId)));
    } catch (error) {
      setResult(failureText(error));
    } finally {
      setRunning(false);
    }
  };
  return (
    <>
      <Button icon="speaker" isBusy={isRunning} onClick={() => void run()}>
        Test loudspeaker and echo
      </Button>
      <p class="muted small" role="status">
        {result}
      </p>
    </>
  );
}

/** What others hear of themselves. */
export function echoText({ unprocessedDb, processedDb }: EchoTestResult): string {
  if (unprocessedDb < INAUDIBLE_DB)
    return 'No echo: your microphone doesn’t hear the loudspeaker. If you didn’t hear the tones, choose another loudspeaker or turn it up.';
  if (processedDb < INAUDIBLE_DB) return 'No echo: what your loudspeaker plays is removed.';
  if (unprocessedDb - processedDb >= CANCELED_DB)
    return 'A little echo is left. Turn the loudspeaker down, or use headphones.';
  return 'Others will hear themselves. Use headphones.';
}

function failureText(error: unknown): string {
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
