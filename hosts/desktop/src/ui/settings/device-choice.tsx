import { useId } from 'preact/hooks';
import { useRequest, useUi } from '../context.js';
import { useDevices } from './devices.js';

/** Chooses the camera, or the screen where that can be shared. */
export function DeviceChoice({ isLabelSeen }: { readonly isLabelSeen: boolean }) {
  const { settings, call } = useUi().state;
  // A camera that started is known by its name from then on.
  const devices = useDevices(call?.camera.kind ?? 'none') ?? [];
  const { run } = useRequest('settings.set');
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
        value={chosen ?? devices[0]?.id ?? ''}
        disabled={devices.length === 0}
        onChange={(event) => void run({ deviceId: event.currentTarget.value })}
      >
        {devices.length === 0 && <option value="">No camera found</option>}
        {isAway && devices.length > 0 && (
          <option value={chosen}>The chosen camera (not there)</option>
        )}
        {devices.map((device) => (
          <option key={device.id} value={device.id}>
            {device.label}
          </option>
        ))}
      </select>
    </div>
  );
}
