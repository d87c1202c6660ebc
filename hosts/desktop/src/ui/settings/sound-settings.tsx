import type { MicrophoneView, ParamsOf, Settings } from '../../messages/index.js';
import { useRequest, useUi } from '../context.js';
import { FailureBanner } from '../parts/banner.js';
import { Button } from '../parts/button.js';
import { Check, Slider } from '../parts/choices.js';
import { DeviceChoice, soundWords } from './device-choice.js';
import { useDevices } from './devices.js';
import { SoundTest } from './sound-test.js';

/** The plugin’s entry for what the window offers as default. */
const DEFAULT = 'default';

/** Microphone, loudspeaker and what they do, and a test of both. */
export function SoundSettings({
  settings,
  set,
}: {
  readonly settings: Settings;
  readonly set: (changed: ParamsOf<'settings.set'>) => void;
}) {
  const { call } = useUi().state;
  // Device names are available once a microphone has started.
  const { devices, failure } = useDevices(
    useRequest('audio.devices', 'sent'),
    call?.microphone.kind ?? 'none',
  );
  const isOpen = call !== null && call.state.phase !== 'ended';
  return (
    <>
      <div class="settings-grid">
        <DeviceChoice
          words={soundWords('microphone')}
          chosen={settings.microphoneId}
          known={{ devices: devices?.inputs.filter(({ id }) => id !== DEFAULT), failure }}
          onChoose={(microphoneId) => set({ microphoneId })}
        />
        <DeviceChoice
          words={soundWords('loudspeaker')}
          chosen={settings.speakerId}
          // The microphones beside it say why.
          known={{
            devices: devices?.outputs.filter(({ id }) => id !== DEFAULT) ?? (failure && []),
            failure: undefined,
          }}
          onChoose={(speakerId) => set({ speakerId })}
        />
        <Slider
          label="Volume of the other person"
          min={0}
          value={settings.volume}
          onChange={(volume) => set({ volume })}
        />
        <Check
          label="Reduce echo and noise"
          hint="Turn it off only for music, with headphones."
          isOn={settings.processing}
          onChange={(processing) => set({ processing })}
        />
        {isOpen ? (
          <MicrophoneSwitch kind={call.microphone.kind} />
        ) : (
          <Check
            label="Turn on the microphone when I join"
            hint="You can mute it at any time."
            isOn={settings.microphone}
            onChange={(microphone) => set({ microphone })}
          />
        )}
      </div>
      {isOpen && call.speaker.kind === 'failed' && <SpeakerFailed />}
      <SoundTest />
    </>
  );
}

/** Gives the microphone back, which muting does not. */
function MicrophoneSwitch({ kind }: { readonly kind: MicrophoneView['kind'] }) {
  const start = useRequest('call.startMicrophone', 'sent');
  const stop = useRequest('call.stopMicrophone', 'sent');
  return (
    <>
      <Check
        label="Microphone on"
        hint="Off: other apps can use it, and your next call begins without it."
        isOn={kind !== 'off'}
        onChange={(on) => void (on ? start : stop).run({})}
      />
      {/* One that runs may have started elsewhere. */}
      <FailureBanner failure={(kind === 'on' ? undefined : start.failure) ?? stop.failure} />
    </>
  );
}

function SpeakerFailed() {
  const { call } = useUi().state;
  const { run, isPending } = useRequest('call.startSpeaker');
  if (call?.speaker.kind !== 'failed') return null;
  return (
    <div class="sound-test">
      <p class="muted small">{call.speaker.failure.message}</p>
      <Button icon="speaker" isBusy={isPending} onClick={() => void run({})}>
        Turn on sound
      </Button>
    </div>
  );
}
