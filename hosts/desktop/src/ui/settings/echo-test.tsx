import { useState } from 'preact/hooks';
import type { PageSound } from '@roomkey/core/host';
import { useUi } from '../context.js';
import { Button } from '../parts/button.js';
import { echoText, failureText } from './echo-text.js';

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
