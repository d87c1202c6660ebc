import type { AudioInputRequest } from '@roomkey/core';
import type { DeviceCommand } from '../messages.js';
import type { CaptureWorkerInput, CaptureWorkerOutput } from './capture-messages.js';
import { now } from './capture-clock.js';
import type { DeviceEvents, OpenDevice } from './open-device.js';
import { openStream, stopTracks } from './devices.js';
import { MediaStreamTrackProcessor } from './track-processor.js';
import { readUnitMessage } from './unit-message.js';

/** Limit for a microphone's first sound, ms. */
const FIRST_SOUND_LIMIT = 5000;
/** The pieces of 10 ms that wait for the worker. */
const MAX_PIECES = 20;
/** Units that are older than this go nowhere, ms: 200 of them, and what the encoder takes. */
const MAX_AGE = 300;

/** An open microphone, and the worker that encodes its sound. */
export class Microphone implements OpenDevice {
  readonly #device: number;
  readonly #request: AudioInputRequest;
  readonly #events: DeviceEvents;
  readonly #worker: Worker;
  readonly #closing = new AbortController();
  #stream: MediaStream | undefined;
  #isOpen = false;
  #onFirstSound: () => void = () => undefined;
  #onFailure: (error: Error) => void = () => undefined;

  constructor(device: number, request: AudioInputRequest, events: DeviceEvents) {
    this.#device = device;
    this.#request = request;
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
    const stream = await openStream(this.#request);
    const [track] = stream.getAudioTracks();
    if (this.#closing.signal.aborted || track === undefined) {
      stopTracks(stream);
      throw new DOMException('closed meanwhile', 'AbortError');
    }
    this.#stream = stream;
    track.addEventListener('ended', () => this.#fail('ended', 'the track ended'));
    // Past this thread, which also draws.
    const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: MAX_PIECES });
    const { unitMs = 20 } = this.#request;
    this.#post({ kind: 'start', device: this.#device, unitMs, readable }, [readable]);
    const limit = setTimeout(
      () => this.#onFailure(new DOMException('no sound came', 'NoSound')),
      FIRST_SOUND_LIMIT,
    );
    try {
      await ready;
    } finally {
      clearTimeout(limit);
    }
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
    if (this.#stream !== undefined) stopTracks(this.#stream);
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
