import type { AudioDevices, AudioInputRequest, CallAudioInput } from '@roomkey/core/host';
import { DeviceController, type DeviceControllerOptions } from './device-controller.js';

/** The options of `ScreenAudioController`. */
export interface ScreenAudioControllerOptions extends Pick<
  DeviceControllerOptions<AudioInputRequest>,
  'page' | 'onChange' | 'failureOf'
> {
  /** The sound of the own screen in the call, once there is a call. */
  readonly screenAudio: Promise<CallAudioInput>;
  readonly devices: () => Pick<AudioDevices, 'inputs'>;
  /** The screen is shared without its sound, though the browser gives it. */
  readonly onFailure: (error: unknown) => void;
}

/** Sends the sound of the own screen while that is shared, where the browser gives it. */
export class ScreenAudioController {
  readonly #options: ScreenAudioControllerOptions;
  readonly #device: DeviceController<AudioInputRequest>;
  #deviceId = '';
  #isShared = false;

  constructor(options: ScreenAudioControllerOptions) {
    this.#options = options;
    const { screenAudio, ...shared } = options;
    this.#device = new DeviceController({
      ...shared,
      device: screenAudio,
      request: () => ({ deviceId: this.#deviceId, processing: false }),
      // It comes with the screen only.
      restarts: false,
    });
  }

  get isOn(): boolean {
    return this.#device.view.kind === 'on';
  }

  /** Call when the screen may have started or stopped. */
  follow(isShared: boolean): void {
    if (isShared === this.#isShared) return;
    this.#isShared = isShared;
    (isShared ? this.#start() : this.#device.stop()).catch(this.#options.onFailure);
  }

  /** Call when it is gone. @returns whether that needs no notice */
  onLost(error: unknown): boolean {
    return this.#device.onLost(error);
  }

  /** Call when the call ends. */
  end(): void {
    this.#isShared = false;
    this.#device.end();
  }

  async #start(): Promise<void> {
    const inputs = await this.#options.devices().inputs();
    const screen = inputs.find(({ kind }) => kind === 'screen');
    // Shared without its sound, or no longer.
    if (screen === undefined || !this.#isShared) return;
    this.#deviceId = screen.id;
    await this.#device.start();
  }
}
