import { useId } from 'preact/hooks';
import type { ResultOf } from '../../messages/index.js';
import { useUi } from '../context.js';
import { FailureDetails } from '../parts/failure-details.js';
import type { Devices } from './devices.js';

/** Stands for `null` in a request: the default device. */
const AUTOMATIC = '';

/** A device that can be chosen. */
interface DeviceOption {
  readonly id: string;
  readonly label: string;
}

/** The texts of a choice. */
interface ChoiceWords {
  readonly label: string;
  readonly automatic: string;
  readonly looking: string;
  readonly none: string;
  readonly unknown: string;
}

const cameraWords: ChoiceWords = {
  label: 'Camera',
  automatic: 'Automatic',
  looking: 'Looking for cameras…',
  none: 'No camera found',
  unknown: 'Cameras not known',
};

/** The texts of a choice of microphones or loudspeakers. */
export function soundWords(noun: 'microphone' | 'loudspeaker'): ChoiceWords {
  return {
    label: noun === 'microphone' ? 'Microphone' : 'Loudspeaker',
    automatic: `Default ${noun}`,
    looking: `Looking for ${noun}s…`,
    none: `No ${noun} found`,
    unknown: `Can’t list ${noun}s`,
  };
}

/** Selects the camera. Screens are shared by a button, and listed only if selected before. */
export function CameraChoice({
  isLabelSeen,
  known,
  onChoose,
}: {
  readonly isLabelSeen: boolean;
  readonly known: Devices<ResultOf<'camera.devices'>>;
  readonly onChoose: (deviceId: string | null) => void;
}) {
  const chosen = useUi().state.settings?.deviceId;
  const devices = known.devices?.filter(({ kind, id }) => kind !== 'screen' || id === chosen);
  return (
    <DeviceChoice
      words={cameraWords}
      isLabelSeen={isLabelSeen}
      chosen={chosen}
      known={{ devices, failure: known.failure }}
      onChoose={onChoose}
    />
  );
}

/** Selects a device, or leaves the choice to the system. */
export function DeviceChoice({
  words,
  isLabelSeen = true,
  chosen = AUTOMATIC,
  known: { devices, failure },
  onChoose,
}: {
  readonly words: ChoiceWords;
  readonly isLabelSeen?: boolean;
  readonly chosen: string | undefined;
  readonly known: Devices<readonly DeviceOption[]>;
  readonly onChoose: (deviceId: string | null) => void;
}) {
  const id = useId();
  const why = whyNone(words, { devices, failure });
  const isAway = chosen !== AUTOMATIC && devices?.some((one) => one.id === chosen) !== true;
  return (
    <div class="choice">
      <label for={id} class={isLabelSeen ? '' : 'unseen'}>
        {words.label}
      </label>
      <select
        id={id}
        value={chosen}
        // A selected device can be reset to automatic even if there is none.
        disabled={why !== undefined && !isAway}
        aria-describedby={failure === undefined ? undefined : `${id}-failure`}
        onChange={({ currentTarget: { value } }) => onChoose(value === AUTOMATIC ? null : value)}
      >
        <option value={AUTOMATIC}>{isAway ? words.automatic : (why ?? words.automatic)}</option>
        {isAway && <option value={chosen}>{why ?? 'Chosen one is not there'}</option>}
        {devices?.map((device) => (
          <option key={device.id} value={device.id}>
            {device.label}
          </option>
        ))}
      </select>
      {failure !== undefined && (
        <>
          <p id={`${id}-failure`} class="muted small">
            {failure.message}
          </p>
          <FailureDetails failure={failure} />
        </>
      )}
    </div>
  );
}

/** Why there are no devices; undefined if there are. */
function whyNone(
  words: ChoiceWords,
  { devices, failure }: Devices<readonly DeviceOption[]>,
): string | undefined {
  if (devices === undefined) return failure ? words.unknown : words.looking;
  return devices.length === 0 ? words.none : undefined;
}
