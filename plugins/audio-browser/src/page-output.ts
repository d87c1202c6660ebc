import {
  bytesHeader,
  checkVolume,
  deferred,
  samplesPerUnit,
  audioUnitLengths,
  type AudioOutput,
  type AudioOutputStatistics,
  type NumberedAudioUnit,
} from '@roomkey/core';
import { PREFIX_BYTES, writePrefix, type DeviceCommand } from './messages.js';
import { PageDevice } from './page-device.js';

/** The largest Opus packet of one frame, bytes (RFC 6716, section 3.2.1). */
const MAX_PACKET_BYTES = 1275;
/** Later capture times, ms, have no exact microseconds. */
const MAX_CAPTURE_TIME = Number.MAX_SAFE_INTEGER / 1000;
/**
 * Units on the way to the page: what it confirms in three reports, at 10 ms. A page that hangs gets no
 * more, however long it does.
 */
const MAX_IN_FLIGHT = 60;
/** The most sound that waits for a page that hangs, ms: older sound is of no use. */
const MAX_WAITING_MS = 200;
const UNIT_LENGTHS = audioUnitLengths.map(samplesPerUnit);

/** How a loudspeaker sends to the page. */
export interface PageOutputLink {
  send(command: DeviceCommand): void;
  /** @param message a binary message */
  sendUnit(message: Uint8Array): void;
}

/** A loudspeaker that is open in the page, seen from Node. */
export class PageOutput extends PageDevice implements AudioOutput {
  readonly #link: PageOutputLink;
  readonly #device: number;
  readonly #lost = deferred<Error>();
  readonly lost = this.#lost.promise;
  #sent = 0;
  #received = 0;
  #waiting: Uint8Array[] = [];
  #statistics: AudioOutputStatistics = {
    depthMs: 0,
    targetMs: 20,
    playedSamples: 0,
    concealedSamples: 0,
    lateUnits: 0,
    underruns: 0,
    level: 0,
  };

  constructor(device: number, link: PageOutputLink) {
    super((command) => link.send(command));
    this.#device = device;
    this.#link = link;
  }

  get statistics(): AudioOutputStatistics {
    return this.#statistics;
  }

  play(unit: NumberedAudioUnit): void {
    if (this.hasEnded || !isSound(unit)) return;
    this.#waiting.push(unitMessage(this.#device, unit));
    const most = (MAX_WAITING_MS * samplesPerUnit(10)) / 10 / unit.samples;
    this.#sendWaiting();
    while (this.#waiting.length > most) this.#waiting.shift();
  }

  setVolume(volume: number): void {
    checkVolume(volume);
    this.command({ kind: 'volume', volume });
  }

  /** Handles figures of the page. @param received the number of units that it was given */
  report(received: number, statistics: AudioOutputStatistics): void {
    this.#statistics = statistics;
    this.#received = received;
    this.#sendWaiting();
  }

  protected override onEnd(error: Error | undefined): void {
    this.#waiting = [];
    if (error !== undefined) this.#lost.resolve(error);
  }

  #sendWaiting(): void {
    while (this.#sent - this.#received < MAX_IN_FLIGHT) {
      const message = this.#waiting.shift();
      if (message === undefined) return;
      this.#sent += 1;
      this.#link.sendUnit(message);
    }
  }
}

/** Whether a unit has the form of one; a peer wrote it, and its content is for the page to judge. */
function isSound({ number, capturedAt, samples, data }: NumberedAudioUnit): boolean {
  return (
    number >>> 0 === number &&
    capturedAt >= 0 &&
    capturedAt <= MAX_CAPTURE_TIME &&
    UNIT_LENGTHS.includes(samples) &&
    data.length > 0 &&
    data.length <= MAX_PACKET_BYTES
  );
}

function unitMessage(device: number, unit: NumberedAudioUnit): Uint8Array {
  const { stream = 0, samples, muted, data } = unit;
  const header = bytesHeader(unit);
  const message = new Uint8Array(PREFIX_BYTES + header.length + data.length);
  writePrefix(message, { device, generation: stream, samples, muted, level: 0 });
  message.set(header, PREFIX_BYTES);
  message.set(data, PREFIX_BYTES + header.length);
  return message;
}
