import { useId } from 'preact/hooks';
import { useRequest, useUi } from '../context.js';
import type { Devices } from './devices.js';

/** Chooses the camera, or the screen where that can be shared. */
export function DeviceChoice({
  isLabelSeen,
  known: { devices, failure },
}: {
  readonly isLabelSeen: boolean;
  readonly known: Devices;
}) {
  const { settings } = useUi().state;
  const { run } = useRequest('settings.set', 'sent');
  const id = useId();
  const chosen = settings?.deviceId;
  const isAway = chosen !== undefined && devices.every((device) => device.id !== chosen);
  return (
    <div class="choice">
      <label for={id} class={isLabelSeen ? '' : 'unseen'}>
        Camera
      </label>
      <select
        id={id}
        value={devices.length === 0 ? '' : (chosen ?? devices[0]?.id)}
        disabled={devices.length === 0}
        aria-describedby={failure === undefined ? undefined : `${id}-failure`}
        onChange={(event) => void run({ deviceId: event.currentTarget.value })}
      >
        {devices.length === 0 && (
          <option value="">
            {failure === undefined ? 'No camera found' : 'Cameras cannot be listed'}
          </option>
        )}
        {isAway && devices.length > 0 && (
          <option value={chosen}>The chosen camera (not there)</option>
        )}
        {devices.map((device) => (
          <option key={device.id} value={device.id}>
            {device.label}
          </option>
        ))}
      </select>
      {failure !== undefined && (
        <p id={`${id}-failure`} class="muted small">
          {failure.message}
        </p>
      )}
    </div>
  );
}
