import { useEffect, useState } from 'preact/hooks';
import type { CallView, LocalTrackView } from '../../messages/index.js';
import { useRequest, useUi } from '../context.js';
import { Banner, FailureBanner } from '../parts/banner.js';
import { Button, IconButton } from '../parts/button.js';
import { Icon } from '../parts/icon.js';
import { Name } from '../parts/name.js';
import { CameraChoice } from '../settings/device-choice.js';
import { useDevices } from '../settings/devices.js';
import { SettingsDialog } from '../settings/settings-dialog.js';
import { isLost } from '../state.js';
import { Ended } from './ended.js';
import { Invitation } from './invitation.js';
import { LeaveDialog } from './leave-dialog.js';
import { LocalPicture } from './local-picture.js';
import { MicrophoneButton } from './microphone-button.js';
import { useMicrophone } from './microphone-controls.js';
import { RemoteThumbnail } from './remote-video.js';
import { SoundDialog } from './sound-dialog.js';
import { StageTile } from './stage-tile.js';
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
  const { client, state: ui } = useUi();
  const { settings } = ui;
  const { room, camera, screen, screenAudio, microphone, remote, remoteMicrophone } = call;
  const [open, setOpen] = useState<'leave' | 'settings' | 'sound'>();
  // Resolved when sent: the browser may be asking the person.
  const startCamera = useRequest('call.startCamera', 'sent');
  const stopCamera = useRequest('call.stopCamera');
  const startScreen = useRequest('call.startScreen', 'sent');
  const stopScreen = useRequest('call.stopScreen');
  const leave = useRequest('call.leave');
  const microphoneControls = useMicrophone(microphone);
  const set = useRequest('settings.set', 'sent');
  // A failed camera is reported in its own tile.
  const failure =
    (camera.kind === 'failed' ? undefined : startCamera.failure) ??
    stopCamera.failure ??
    startScreen.failure ??
    stopScreen.failure ??
    microphoneControls.failure ??
    set.failure ??
    leave.failure;
  // The last known state may be outdated.
  const isAway = isLost(ui);
  // Device names are available once a camera has started.
  const known = useDevices(useRequest('camera.devices', 'sent'), camera.kind);
  const isOn = isRunning(camera);
  const isSharing = isRunning(screen);
  const isSilent = settings?.volume === 0;
  const screenDevice = known.devices?.find(({ kind }) => kind === 'screen');
  // A shared screen gets the large tile, and cameras small ones.
  const staged = remote.screen.kind === 'on' ? 'screen' : 'camera';

  useEffect(() => {
    // If this fails, the call is over or the app is gone; other parts of the window say so.
    const update = (): void =>
      void client.request('call.setVisible', { visible: !document.hidden }).catch(() => null);
    update();
    document.addEventListener('visibilitychange', update);
    return () => document.removeEventListener('visibilitychange', update);
  }, [client]);

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
          <div class="tile-strip">
            {state.phase === 'live' && staged === 'screen' && (
              <RemoteThumbnail
                participant={state.participants[0]}
                track="camera"
                view={remote.camera}
                microphone={remoteMicrophone}
              />
            )}
            <LocalPicture track="camera" view={camera} microphone={microphone} />
            {isSharing && <LocalPicture track="screen" view={screen} hasSound={screenAudio} />}
          </div>
          {state.phase === 'waiting' && <Invitation room={room} />}
          {state.phase === 'live' && <Trust participant={state.participants[0]} room={room} />}
        </div>
        {/* The key gives each track a new player and a new canvas. */}
        <StageTile key={staged} call={call} state={state} track={staged} />
      </main>
      <div class="call-foot">
        <FailureBanner failure={open === 'leave' ? undefined : failure} />
        <SoundBlocked />
        <footer class="controls" aria-label="Controls">
          <div class="controls-group">
            <MicrophoneButton view={microphone} controls={microphoneControls} />
            <Button
              kind={isOn ? 'plain' : 'primary'}
              icon={isOn ? 'camera-off' : 'camera'}
              // Not busy while starting: the browser may be asking, and the user can cancel.
              isBusy={stopCamera.isPending}
              onClick={isOn ? () => void stopCamera.run({}) : start}
            >
              {isOn ? 'Stop' : 'Start'}
              <span class="unseen"> camera</span>
            </Button>
            {isSharing ? (
              <Button
                icon="screen"
                isBusy={stopScreen.isPending}
                onClick={() => void stopScreen.run({})}
              >
                Stop sharing
              </Button>
            ) : (
              screenDevice !== undefined && (
                <Button
                  icon="screen"
                  onClick={() => void startScreen.run({ deviceId: screenDevice.id })}
                >
                  Share screen
                </Button>
              )
            )}
            <CameraChoice
              isLabelSeen={false}
              known={known}
              onChoose={(deviceId) => void set.run({ deviceId })}
            />
          </div>
          <div class="controls-group">
            <IconButton
              // The volume is kept for the next call.
              label={isSilent ? 'Sound: the volume is off' : 'Sound'}
              icon={isSilent ? 'speaker-off' : 'speaker'}
              onClick={() => setOpen('sound')}
            />
            <IconButton
              label="Mirror my picture"
              icon="mirror"
              isPressed={settings?.mirror ?? false}
              onClick={() => void set.run({ mirror: settings?.mirror !== true })}
            />
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
      </div>
      {open === 'leave' && (
        <LeaveDialog room={room} leave={leave} onClose={() => setOpen(undefined)} />
      )}
      {open === 'sound' && settings !== undefined && (
        <SoundDialog settings={settings} onClose={() => setOpen(undefined)} />
      )}
      {open === 'settings' && <SettingsDialog onClose={() => setOpen(undefined)} />}
    </div>
  );
}

/** Browsers want a click before a page plays sound, for example after a reload. */
function SoundBlocked() {
  const { sound, isSoundBlocked } = useUi().state;
  if (sound === undefined || !isSoundBlocked) return null;
  return (
    <section class="call-banner" aria-label="Sound">
      <Banner
        kind="information"
        icon="speaker"
        action={
          <Button kind="primary" onClick={() => void sound.resume()}>
            Turn on sound
          </Button>
        }
      >
        The browser plays no sound until you click.
      </Banner>
    </section>
  );
}

function isRunning({ kind }: LocalTrackView): boolean {
  return kind === 'on' || kind === 'starting';
}
