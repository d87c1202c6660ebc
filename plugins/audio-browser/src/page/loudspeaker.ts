import type { AudioOutputRequest } from '@roomkey/core';
import { opusFormat } from '@roomkey/core/wire';
import { DEFAULT, type DeviceCommand } from '../messages.js';
import { findDevice, listDevices, notFound } from './devices.js';
import type { Gestures } from './gestures.js';
import type { DeviceEvents, OpenDevice } from './open-device.js';
import { PROCESSOR, type PlaybackReport, type PlaybackWorkerInput } from './playback-messages.js';
import workletAddress from './playback-worklet.ts?worker&url';

/** The time constant of a change of the volume, s: a step would be heard as a click. */
const VOLUME_CHANGE = 0.01;

/** An open loudspeaker: a worker that decodes, a worklet that plays, and the volume. */
export class Loudspeaker implements OpenDevice {
  readonly #request: AudioOutputRequest;
  readonly #events: DeviceEvents;
  readonly #gestures: Gestures;
  readonly #worker: Worker;
  readonly #closing = new AbortController();
  #context: AudioContext | undefined;
  #gain: GainNode | undefined;
  #isOpen = false;
  #brokenBy: string | undefined;

  constructor(request: AudioOutputRequest, events: DeviceEvents, gestures: Gestures) {
    this.#request = request;
    this.#events = events;
    this.#gestures = gestures;
    this.#worker = new Worker(new URL('./playback-worker.ts', import.meta.url), { type: 'module' });
    this.#worker.onmessage = ({ data }: MessageEvent<PlaybackReport>) => {
      if (this.#isOpen) this.#events.onStatistics(data.received, data.statistics);
    };
    this.#worker.onerror = ({ message }) => this.#break(message);
  }

  /** What plays, from the end of `open` on. */
  get context(): AudioContext | undefined {
    return this.#isOpen ? this.#context : undefined;
  }

  async open(): Promise<void> {
    if (!('AudioDecoder' in globalThis)) {
      throw new DOMException('no decoder of sound', 'NotSupportedError');
    }
    const sinkId = await findSink(this.#request.deviceId);
    this.#throwIfClosed();
    // More delay is needed nowhere: the jitter buffer makes up for a busy computer.
    const context = new AudioContext({
      sampleRate: opusFormat.sampleRate,
      latencyHint: 'interactive',
    });
    this.#context = context;
    this.#closing.signal.addEventListener('abort', () => void context.close());
    if (sinkId !== undefined) await context.setSinkId(sinkId);
    await context.audioWorklet.addModule(workletAddress);
    this.#throwIfClosed();
    this.#connect(context);
    this.#watch(context, sinkId);
    this.#gestures.add(context);
    this.#isOpen = true;
  }

  command(command: DeviceCommand): void {
    if (command.kind !== 'volume' || this.#context === undefined) return;
    this.#gain?.gain.setTargetAtTime(command.volume, this.#context.currentTime, VOLUME_CHANGE);
  }

  receive(message: Uint8Array): void {
    // It may lie in the memory of a larger message.
    const { buffer } = message.slice();
    this.#post(buffer, [buffer]);
  }

  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#isOpen = false;
    if (this.#context !== undefined) this.#gestures.delete(this.#context);
    this.#worker.terminate();
    this.#closing.abort();
  }

  #connect(context: AudioContext): void {
    const player = new AudioWorkletNode(context, PROCESSOR, {
      numberOfInputs: 0,
      outputChannelCount: [opusFormat.channels],
    });
    player.onprocessorerror = () => this.#break('the worklet failed');
    this.#gain = new GainNode(context);
    player.connect(this.#gain).connect(context.destination);
    // Past this thread, which also draws.
    this.#post({ kind: 'start', worklet: player.port }, [player.port]);
  }

  /** Notices that the device goes away. */
  #watch(context: AudioContext, sinkId: string | undefined): void {
    const { signal } = this.#closing;
    context.addEventListener('error', () => this.#lose('ended', 'the device failed'), { signal });
    const onChange = (): void => {
      void isThere(sinkId).then((isPresent) => {
        if (!isPresent) this.#lose('ended', 'the device is gone');
      });
    };
    navigator.mediaDevices.addEventListener('devicechange', onChange, { signal });
  }

  #break(message: string): void {
    this.#brokenBy = message;
    this.#lose('broken', message);
  }

  #lose(reason: 'ended' | 'broken', message: string): void {
    if (this.#isOpen) this.#events.onLost(reason, message);
  }

  #throwIfClosed(): void {
    if (this.#brokenBy !== undefined) throw new DOMException(this.#brokenBy, 'EncodingError');
    if (this.#closing.signal.aborted) throw new DOMException('closed meanwhile', 'AbortError');
  }

  #post(message: PlaybackWorkerInput, transfer: Transferable[]): void {
    this.#worker.postMessage(message, transfer);
  }
}

/** @returns undefined: the one that the system uses. @throws DOMException if there is none */
export async function findSink(name: string | undefined): Promise<string | undefined> {
  if (name === undefined || name === DEFAULT) {
    if ((await listDevices('audiooutput')).length === 0) throw notFound(DEFAULT);
    return undefined;
  }
  const id = await findDevice('audiooutput', name);
  if (id === undefined) throw notFound(name);
  return id;
}

/** The system chooses another device where none was asked for, so that only a lack of any counts. */
async function isThere(sinkId: string | undefined): Promise<boolean> {
  const outputs = (await navigator.mediaDevices.enumerateDevices()).filter(
    ({ kind }) => kind === 'audiooutput',
  );
  return sinkId === undefined
    ? outputs.length > 0
    : outputs.some(({ deviceId }) => deviceId === sinkId);
}
