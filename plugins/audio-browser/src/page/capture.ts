import type { AudioUnitMs } from '@roomkey/core';
import type { DeviceCommand } from '../messages.js';
import type { CaptureWorkerInput, CaptureWorkerOutput } from './capture-messages.js';
import { now } from './capture-clock.js';
import type { DeviceEvents, OpenDevice } from './open-device.js';
import { MediaStreamTrackProcessor } from './track-processor.js';
import type { OpenTrack, TrackSource } from './track-source.js';
import { readUnitMessage } from './unit-message.js';

/** The pieces of 10 ms that wait for the worker. */
const MAX_PIECES = 20;
/** Units that are older than this go nowhere, ms: 200 of them, and what the encoder takes. */
const MAX_AGE = 300;

/** The options of `Capture`. */
export interface CaptureOptions {
  readonly device: number;
  readonly unitMs: AudioUnitMs;
  readonly source: TrackSource;
}

/** An open source of sound, and the worker that encodes it. */
export class Capture implements OpenDevice {
  readonly #options: CaptureOptions;
  readonly #events: DeviceEvents;
  readonly #worker: Worker;
  readonly #closing = new AbortController();
  #opened: OpenTrack | undefined;
  #isOpen = false;
  #onFirstSound: () => void = () => undefined;
  #onFailure: (error: Error) => void = () => undefined;

  constructor(options: CaptureOptions, events: DeviceEvents) {
    this.#options = options;
    this.#events = events;
    // It starts while the browser opens the device.
    this.#worker = new Worker(new URL('./capture-worker.ts', import.meta.url), { type: 'module' });
    this.#worker.onmessage = ({ data }: MessageEvent<CaptureWorkerOutput>) => this.#receive(data);
    this.#worker.onerror = ({ message }) => this.#fail('broken', message);
  }

  async open(): Promise<void> {
    const ready = new Promise<void>((resolve, reject) => {
      this.#onFirstSound = resolve;
      this.#onFailure = reject;
    });
    // A failure while the browser asks the user is reported afterwards.
    ready.catch(() => undefined);
    if (MediaStreamTrackProcessor === undefined || !('AudioEncoder' in globalThis)) {
      throw new DOMException('no stream of a track’s sound, or no encoder', 'NotSupportedError');
    }
    const { device, unitMs, source } = this.#options;
    const { firstSoundLimit } = source;
    const opened = await source.open();
    if (this.#closing.signal.aborted) {
      opened.release();
      throw new DOMException('closed meanwhile', 'AbortError');
    }
    this.#opened = opened;
    const { track } = opened;
    track.addEventListener('ended', () => {
      setTimeout(() => this.#fail('ended', 'the track ended'), source.lostAfter);
    });
    // Past this thread, which also draws.
    const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: MAX_PIECES });
    const mayBeSilent = firstSoundLimit === undefined;
    this.#post({ kind: 'start', device, unitMs, mayBeSilent, readable }, [readable]);
    if (firstSoundLimit !== undefined) await withinLimit(ready, firstSoundLimit);
    this.#isOpen = true;
  }

  command(command: DeviceCommand): void {
    if (command.kind === 'muted') this.#post(command);
  }

  receive(): void {
    // Node sends a microphone no units.
  }

  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#isOpen = false;
    this.#worker.terminate();
    this.#opened?.release();
    this.#onFailure(new DOMException('closed meanwhile', 'AbortError'));
  }

  #receive(message: CaptureWorkerOutput): void {
    if (message instanceof ArrayBuffer) this.#send(new Uint8Array(message));
    else if (message.kind === 'sound') this.#onFirstSound();
    else this.#fail('broken', message.message);
  }

  /** Sends a unit, unless this thread was so busy that it is of no use. */
  #send(message: Uint8Array): void {
    if (now() - readUnitMessage(message).capturedAt <= MAX_AGE) this.#events.onUnit(message);
  }

  #fail(reason: 'ended' | 'broken', message: string): void {
    if (this.#closing.signal.aborted) return;
    if (this.#isOpen) this.#events.onLost(reason, message);
    // The device was granted, so no other program holds it.
    else if (reason === 'ended') this.#onFailure(new DOMException(message, 'NoSound'));
    else this.#onFailure(new DOMException(message, 'EncodingError'));
  }

  #post(message: CaptureWorkerInput, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}

/** @param limit ms. @throws DOMException `NoSound` after it */
async function withinLimit(ready: Promise<void>, limit: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DOMException('no sound came', 'NoSound')), limit);
  });
  try {
    await Promise.race([ready, late]);
  } finally {
    clearTimeout(timer);
  }
}
