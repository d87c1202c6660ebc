import { isDeepStrictEqual } from 'node:util';
import type { CallTrack, CaptureRequest } from '@roomkey/core/host';
import type { LocalTrackView } from '../messages/index.js';
import { DeviceController, type DeviceControllerOptions } from './device-controller.js';

/** The options of `TrackController`. */
export interface TrackControllerOptions extends Pick<
  DeviceControllerOptions<CaptureRequest>,
  'request' | 'restarts' | 'page' | 'onChange' | 'failureOf'
> {
  /** The own camera or screen of the call, once there is a call. */
  readonly track: Promise<CallTrack>;
}

/** Controls the own camera, or the own screen, in a call. */
export class TrackController {
  readonly #device: DeviceController<CaptureRequest>;
  readonly #onChange: () => void;
  #hasPreview = false;

  constructor({ track, ...options }: TrackControllerOptions) {
    this.#onChange = options.onChange;
    this.#device = new DeviceController({
      ...options,
      device: track,
      onChange: () => {
        this.#hasPreview = false;
        options.onChange();
      },
      // Its quality can be changed while it runs.
      serves: (running, wanted) =>
        isDeepStrictEqual({ ...running, quality: wanted.quality }, wanted),
      adjust: async (running, { quality }) => {
        if (running.quality !== quality) (await track).setQuality(quality);
        return { ...running, quality };
      },
    });
  }

  get view(): LocalTrackView {
    const { view } = this.#device;
    return view.kind === 'on'
      ? { kind: 'on', preview: this.#hasPreview }
      : view.kind === 'failed'
        ? view
        : { kind: view.kind };
  }

  /** @throws RoomkeyError `RK_CAMERA_*` */
  start(): Promise<void> {
    return this.#device.start();
  }

  stop(): Promise<void> {
    return this.#device.stop();
  }

  /** Call when the settings or the active page have changed. */
  refresh(): Promise<void> {
    return this.#device.refresh();
  }

  /** Call when a picture of it is to be shown. */
  onPreviewUnit(): void {
    if (this.#device.view.kind !== 'on' || this.#hasPreview) return;
    this.#hasPreview = true;
    this.#onChange();
  }

  /** Call when the device is gone. @returns whether it restarts automatically */
  onLost(error: unknown): boolean {
    return this.#device.onLost(error);
  }

  /** Call when the call ends. */
  end(): void {
    this.#device.end();
  }
}
