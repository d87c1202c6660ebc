import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import {
  RoomkeyError,
  SerialQueue,
  readPrivateFile,
  retryWhileBusy,
  writePrivateFile,
} from '@roomkey/core/host';
import { settingsSchema, type ParamsOf, type Settings } from '../messages/index.js';

/** Defaults. */
const DEFAULTS: Settings = {
  theme: 'system',
  resolution: '1280x720',
  fps: 30,
  codec: 'auto',
  quality: 80,
  mirror: true,
  statistics: false,
  microphone: true,
  processing: true,
  volume: 100,
};

/** Strips unknown settings, so that they do not make the file invalid. */
const fileSchema = settingsSchema.partial().strip();

/** Omitted and `undefined` mean unchanged; `null` resets. */
type Changes = ParamsOf<'settings.set'>;

/** The user's settings: `desktop.json` in the user's config folder, mode 0600. */
export class SettingsFile {
  readonly #path: string;
  #current: Settings;
  readonly #writes = new SerialQueue();

  /**
   * Reads the file, if it exists. A damaged file is renamed, `onDamaged` is called, and the
   * defaults apply.
   */
  static async open(
    configFolder: string,
    onDamaged: (error: RoomkeyError) => void,
  ): Promise<SettingsFile> {
    const path = join(configFolder, 'desktop.json');
    try {
      const text = await readPrivateFile(path);
      const read = text === undefined ? {} : fileSchema.parse(JSON.parse(text));
      return new SettingsFile(path, merge(DEFAULTS, read));
    } catch (cause) {
      const aside = `${path}.damaged`;
      const kept = await retryWhileBusy(() => rename(path, aside)).then(
        () => `What was there is kept as ${aside}.`,
        () => 'It could not be kept aside and will be written over.',
      );
      onDamaged(
        new RoomkeyError(
          'RK_CONFIG_INVALID',
          `Your settings in ${path} cannot be understood, so the usual ones hold. ${kept}`,
          { cause },
        ),
      );
      return new SettingsFile(path, DEFAULTS);
    }
  }

  private constructor(path: string, current: Settings) {
    this.#path = path;
    this.#current = current;
  }

  get current(): Settings {
    return this.#current;
  }

  /**
   * Changes settings. They take effect at once, even if they cannot be written.
   *
   * @throws RoomkeyError `RK_STORAGE_IO`
   */
  async set(changes: Changes): Promise<void> {
    this.#current = merge(this.#current, changes);
    await this.#writes.run(() => writePrivateFile(this.#path, this.#current));
  }
}

function merge(settings: Settings, changes: Changes): Settings {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const merged = { ...settings, ...(Object.fromEntries(given) as Changes) };
  const kept = Object.entries(merged).filter(([, value]) => value !== null);
  return Object.fromEntries(kept) as Settings;
}
