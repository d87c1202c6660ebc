import { useEffect, useState } from 'preact/hooks';
import { useRequest, useUi } from '../context.js';
import { FailureBanner } from '../parts/banner.js';
import { Button } from '../parts/button.js';
import { LevelBar } from '../parts/level-bar.js';
import { EchoTest } from './echo-test.js';

const SPEAK = 'Speak: the bar should move.';

/** A meter of the microphone, and a test of the loudspeaker. */
export function SoundTest() {
  const { call, sound } = useUi().state;
  const isOpen = call !== null && call.state.phase !== 'ended';
  return (
    <div class="sound-test">
      {isOpen ? <CallMeter /> : <MeterTest />}
      {/* In a call the other person would hear it. */}
      {!isOpen && sound !== undefined && <EchoTest sound={sound} />}
    </div>
  );
}

function CallMeter() {
  const { call } = useUi().state;
  const { kind, muted } = call?.microphone ?? { kind: 'off', muted: false };
  const text = muted ? 'You’re muted.' : SPEAK;
  return <Meter text={kind === 'on' ? text : 'Your microphone is off.'} />;
}

/** Opens the microphone until it is stopped, or the settings are closed. */
function MeterTest() {
  const start = useRequest('audio.startTest', 'sent');
  const stop = useRequest('audio.stopTest', 'sent');
  const { microphoneId, processing } = useUi().state.settings ?? {};
  const [isRunning, setRunning] = useState(false);
  useEffect(() => {
    if (!isRunning) return undefined;
    void start.run({}).then((done) => {
      if (done === undefined) setRunning(false);
    });
    return () => void stop.run({});
  }, [isRunning, microphoneId, processing]);
  return (
    <>
      <Button icon="microphone" onClick={() => setRunning(!isRunning)}>
        {isRunning ? 'Stop test' : 'Test microphone'}
      </Button>
      <FailureBanner failure={start.failure ?? stop.failure} />
      {isRunning && <Meter text={SPEAK} />}
    </>
  );
}

function Meter({ text }: { readonly text: string }) {
  return (
    <div class="sound-meter">
      <p class="muted small">{text}</p>
      <LevelBar of="microphone" />
    </div>
  );
}
