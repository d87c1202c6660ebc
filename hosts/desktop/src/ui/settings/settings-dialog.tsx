import type { ParamsOf, Settings } from '../../messages/index.js';
import { useRequest, useUi } from '../context.js';
import { FailureBanner } from '../parts/banner.js';
import { Button } from '../parts/button.js';
import { Check, Choice, Slider, type Options } from '../parts/choices.js';
import { Dialog } from '../parts/dialog.js';
import { CameraChoice } from './device-choice.js';
import { useDevices } from './devices.js';
import { PluginList } from './plugin-list.js';
import { SoundSettings } from './sound-settings.js';

const resolutions: Options<Settings['resolution']> = [
  ['640x360', '640 × 360'],
  ['1280x720', '1280 × 720'],
  ['1920x1080', '1920 × 1080'],
];
const rates: Options<`${Settings['fps']}`> = [
  ['15', '15'],
  ['30', '30'],
  ['60', '60'],
];
const codecs: Options<Settings['codec']> = [
  ['auto', 'Automatic'],
  ['h264', 'H.264'],
  ['vp8', 'VP8'],
  ['vp9', 'VP9'],
  ['av1', 'AV1'],
  ['jpeg', 'JPEG'],
];
const themes: Options<Settings['theme']> = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

/** The user's settings. Each change applies at once and is stored on this computer. */
export function SettingsDialog({ onClose }: { readonly onClose: () => void }) {
  const { settings, plugins, version, call } = useUi().state;
  const known = useDevices(useRequest('camera.devices', 'sent'), call?.camera.kind ?? 'none');
  const { run, failure } = useRequest('settings.set', 'sent');
  const set = (changed: ParamsOf<'settings.set'>): void => void run(changed);
  return (
    <Dialog
      title="Settings"
      size="wide"
      onClose={onClose}
      footer={
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <FailureBanner failure={failure} />
      {settings !== undefined && (
        <>
          <section class="settings-group">
            <h3>Picture</h3>
            <div class="settings-grid">
              <CameraChoice isLabelSeen known={known} onChoose={(deviceId) => set({ deviceId })} />
              <Choice
                label="Resolution"
                value={settings.resolution}
                options={resolutions}
                onChange={(resolution) => set({ resolution })}
              />
              <Choice
                label="Frames a second"
                value={`${settings.fps}`}
                options={rates}
                onChange={(fps) => set({ fps: Number(fps) as Settings['fps'] })}
              />
              <Choice
                label="Codec"
                value={settings.codec}
                options={codecs}
                onChange={(codec) => set({ codec })}
              />
              <Slider
                label="Quality"
                min={10}
                value={settings.quality}
                onChange={(quality) => set({ quality })}
              />
              <Check
                label="Mirror my own picture"
                hint="Only for you; others see you as you are."
                isOn={settings.mirror}
                onChange={(mirror) => set({ mirror })}
              />
            </div>
          </section>
          <section class="settings-group">
            <h3>Sound</h3>
            <SoundSettings settings={settings} set={set} />
          </section>
          <section class="settings-group">
            <h3>Appearance</h3>
            <div class="settings-grid">
              <Choice
                label="Colors"
                value={settings.theme}
                options={themes}
                onChange={(theme) => set({ theme })}
              />
              <Check
                label="Show figures in a call"
                hint="Resolution, delay, bit rate, cipher."
                isOn={settings.statistics}
                onChange={(statistics) => set({ statistics })}
              />
            </div>
          </section>
        </>
      )}
      <section class="settings-group">
        <h3>Plugins in use</h3>
        <PluginList plugins={plugins} />
      </section>
      <p class="muted small">Roomkey {version}</p>
    </Dialog>
  );
}
