import { useId } from 'preact/hooks';
import { useUi } from '../context.js';
import { FailureDetails } from '../parts/failure-details.js';
import type { Devices } from './devices.js';

/** Stands for `null` in a request: the camera's default device. */
const AUTOMATIC = '';

/** Selects the camera. Screens are shared by a button, and listed only if selected before. */
export function DeviceChoice({
  isLabelSeen,
  known,
  onChoose,
}: {
  readonly isLabelSeen: boolean;
  readonly known: Devices;
  readonly onChoose: (deviceId: string | null) => void;
}) {
  const { settings } = useUi().state;
  const { failure } = known;
  const id = useId();
  const chosen = settings?.deviceId ?? AUTOMATIC;
  const devices = known.devices?.filter((one) => one.kind !== 'screen' || one.id === chosen);
  const why = whyNone({ devices, failure });
  const isAway = chosen !== AUTOMATIC && devices?.some((one) => one.id === chosen) !== true;
  return (
    <div class="choice">
      <label for={id} class={isLabelSeen ? '' : 'unseen'}>
        Camera
      </label>
      <select
        id={id}
        value={chosen}
        // A selected device can be reset to automatic even if there is none.
        disabled={why !== undefined && !isAway}
        aria-describedby={failure === undefined ? undefined : `${id}-failure`}
        onChange={({ currentTarget: { value } }) => onChoose(value === AUTOMATIC ? null : value)}
      >
        <option value={AUTOMATIC}>{isAway ? 'Automatic' : (why ?? 'Automatic')}</option>
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
function whyNone({ devices, failure }: Devices): string | undefined {
  if (devices === undefined) return failure ? 'Cameras not known' : 'Looking for cameras…';
  return devices.length === 0 ? 'No camera found' : undefined;
}
