import { useState } from 'preact/hooks';
import type { CallView } from '../../messages/index.js';
import { useRequest, useUi } from '../context.js';
import { FailureBanner } from '../parts/banner.js';
import { Button, IconButton } from '../parts/button.js';
import { Icon } from '../parts/icon.js';
import { Name } from '../parts/name.js';
import { DeviceChoice } from '../settings/device-choice.js';
import { useDevices } from '../settings/devices.js';
import { SettingsDialog } from '../settings/settings-dialog.js';
import { isLost } from '../state.js';
import { Ended } from './ended.js';
import { Invitation } from './invitation.js';
import { LeaveDialog } from './leave-dialog.js';
import { LocalPicture } from './local-picture.js';
import { RemotePicture } from './remote-picture.js';
import { isScreen } from './shared-screen.js';
import { Trust } from './trust.js';
import { statusLine } from './state-text.js';

/** The call, from joining until the screen that says how it ended. */
export function CallWindow({ call }: { readonly call: CallView }) {
  const { state } = call;
  if (state.phase === 'ended') return <Ended end={state.end} room={call.room} />;
  return <OngoingCall call={call} state={state} />;
}

function OngoingCall({
  call,
  state,
}: {
  readonly call: CallView;
  readonly state: Exclude<CallView['state'], { phase: 'ended' }>;
}) {
  const ui = useUi().state;
  const { settings } = ui;
  const { room, camera } = call;
  const [open, setOpen] = useState<'leave' | 'settings'>();
  // `sent`: the screen can be requested while a camera starts, since the browser may be asking.
  const startCamera = useRequest('call.startCamera', 'sent');
  const stopCamera = useRequest('call.stopCamera');
  const leave = useRequest('call.leave');
  const set = useRequest('settings.set', 'sent');
  // A failed camera is reported in its own tile.
  const failure =
    (camera.kind === 'failed' ? undefined : startCamera.failure) ??
    stopCamera.failure ??
    set.failure ??
    leave.failure;
  // The last known state may be outdated.
  const isAway = isLost(ui);
  // Device names are available once a camera has started.
  const known = useDevices(camera.kind);
  const isOn = camera.kind === 'on' || camera.kind === 'starting';
  const isOfScreen = isScreen(camera, settings, known.devices);
  const isSharing = isOn && isOfScreen;
  const screen = known.devices?.find(({ kind }) => kind === 'screen');

  const start = (): void => void startCamera.run({});
  const exit = (): void => {
    if (room.mine) setOpen('leave');
    else void leave.run({ deleteRoom: false });
  };
  return (
    <div class="call-window">
      <header class="top-bar">
        <h1 class="call-room" tabIndex={-1} data-first-focus>
          <Icon name={room.password ? 'lock' : 'door'} />
          {/* Long names are truncated. */}
          <span class="call-name" title={room.name}>
            <Name>{room.name}</Name>
          </span>
        </h1>
        <p class={state.phase === 'live' && !isAway ? 'status live' : 'status'}>
          {isAway ? 'Reconnecting to Roomkey…' : statusLine(call)}
        </p>
      </header>
      <main class="stage">
        <div class="stage-side">
          <LocalPicture camera={camera} isScreen={isSharing} />
          {state.phase === 'waiting' && <Invitation room={room} />}
          {state.phase === 'live' && <Trust live={state} room={room} />}
        </div>
        <RemotePicture state={state} room={room} />
      </main>
      <FailureBanner failure={open === 'leave' ? undefined : failure} />
      <footer class="controls" aria-label="Controls">
        <div class="controls-group">
          <Button
            kind={isOn ? 'plain' : 'primary'}
            icon={isOn ? 'camera-off' : 'camera'}
            // Not busy while starting: the browser may be asking, and the user can cancel.
            isBusy={stopCamera.isPending}
            onClick={isOn ? () => void stopCamera.run({}) : start}
          >
            {isOn ? 'Stop' : 'Start'}
            <span class="unseen">{isOfScreen ? ' sharing' : ' camera'}</span>
          </Button>
          {screen !== undefined && !isSharing && (
            <Button icon="screen" onClick={() => void startCamera.run({ deviceId: screen.id })}>
              Share screen
            </Button>
          )}
          <DeviceChoice
            isLabelSeen={false}
            known={known}
            onChoose={(deviceId) => void set.run({ deviceId })}
          />
        </div>
        <div class="controls-group">
          {!isSharing && (
            <IconButton
              label="Mirror my picture"
              icon="mirror"
              isPressed={settings?.mirror ?? false}
              onClick={() => void set.run({ mirror: settings?.mirror !== true })}
            />
          )}
          <IconButton
            label="Show figures"
            icon="chart"
            isPressed={settings?.statistics ?? false}
            onClick={() => void set.run({ statistics: settings?.statistics !== true })}
          />
          <IconButton label="Settings" icon="settings" onClick={() => setOpen('settings')} />
          <Button kind="danger" icon="exit" isBusy={leave.isPending} onClick={exit}>
            Exit
          </Button>
        </div>
      </footer>
      {open === 'leave' && (
        <LeaveDialog room={room} leave={leave} onClose={() => setOpen(undefined)} />
      )}
      {open === 'settings' && <SettingsDialog onClose={() => setOpen(undefined)} />}
    </div>
  );
}
