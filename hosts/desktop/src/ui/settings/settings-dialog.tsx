import { useEffect, useId, useState } from 'preact/hooks';
import type { ParamsOf, Settings } from '../../messages/index.js';
import { useRequest, useUi } from '../context.js';
import { FailureBanner } from '../parts/banner.js';
import { Button } from '../parts/button.js';
import { Dialog } from '../parts/dialog.js';
import { DeviceChoice } from './device-choice.js';
import { useDevices } from './devices.js';
import { PluginList } from './plugin-list.js';

type Options<T> = readonly (readonly [value: T, label: string])[];

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
  const known = useDevices(call?.camera.kind ?? 'none');
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
              <DeviceChoice isLabelSeen known={known} onChoose={(deviceId) => set({ deviceId })} />
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
              <Quality value={settings.quality} onChange={(quality) => set({ quality })} />
              <Check
                label="Mirror my own picture"
                hint="Only for you; others see you as you are."
                isOn={settings.mirror}
                onChange={(mirror) => set({ mirror })}
              />
            </div>
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

function Choice<T extends string>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: T;
  readonly options: Options<T>;
  readonly onChange: (value: T) => void;
}) {
  const id = useId();
  return (
    <div class="choice">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={(event) => {
          const chosen = options.find(([one]) => one === event.currentTarget.value);
          if (chosen !== undefined) onChange(chosen[0]);
        }}
      >
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

function Quality({
  value,
  onChange,
}: {
  readonly value: number;
  readonly onChange: (value: number) => void;
}) {
  const id = useId();
  // Dragging updates the number; the setting changes on release.
  const [dragged, setDragged] = useState<number>();
  useEffect(() => setDragged(undefined), [value]);
  const shown = dragged ?? value;
  return (
    <div class="choice">
      <label for={id}>
        Quality {/* The slider announces its value; an `output` would repeat it. */}
        <span class="figure" aria-hidden="true">
          {shown}
        </span>
      </label>
      <input
        id={id}
        type="range"
        min={10}
        max={100}
        step={5}
        value={shown}
        onInput={(event) => setDragged(event.currentTarget.valueAsNumber)}
        onChange={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}

function Check({
  label,
  hint,
  isOn,
  onChange,
}: {
  readonly label: string;
  readonly hint: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}) {
  const id = useId();
  return (
    <div class="check">
      <input
        id={id}
        type="checkbox"
        checked={isOn}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
      <p id={`${id}-hint`} class="muted small">
        {hint}
      </p>
    </div>
  );
}
