/** The worker of one open loudspeaker: decodes units, and passes their sound on to the worklet. */
import type { AudioOutputStatistics } from '@roomkey/core';
import { now } from './capture-clock.js';
import type { PlaybackReport, PlaybackWorkerInput, SoundMessage } from './playback-messages.js';
import { UnitDecoder } from './unit-decoder.js';
import { readUnitMessage } from './unit-message.js';

/** Time between two reports where the worklet says nothing, as it does not before a click; ms. */
const REPORT_INTERVAL = 300;
/** The units that wait for a worklet that does not run: a second of them. */
const MAX_WAITING = 100;

let worklet: MessagePort | undefined;
let received = 0;
/** Units since the worklet said anything. */
let waiting = 0;
let statistics: AudioOutputStatistics = {
  depthMs: 0,
  targetMs: 20,
  playedSamples: 0,
  concealedSamples: 0,
  lateUnits: 0,
  underruns: 0,
  level: 0,
};

const decoder = new UnitDecoder(({ stream, number, capturedAt, samples }) => {
  if (waiting >= MAX_WAITING) return;
  waiting += 1;
  // The arrival is where the buffer is: what decoding adds to the jitter counts too.
  const message = { stream, number, mediaTimeUs: capturedAt * 1000, samples, arrivalMs: now() };
  worklet?.postMessage(message satisfies SoundMessage, [samples.buffer]);
});

function start(port: MessagePort): void {
  worklet = port;
  let isSilent = false;
  port.onmessage = ({ data }: MessageEvent<AudioOutputStatistics>) => {
    waiting = 0;
    statistics = data;
    isSilent = false;
    report();
  };
  setInterval(() => {
    if (isSilent) report();
    isSilent = true;
  }, REPORT_INTERVAL);
}

function report(): void {
  postMessage({ received, statistics } satisfies PlaybackReport);
}

onmessage = ({ data }: MessageEvent<PlaybackWorkerInput>) => {
  if (!(data instanceof ArrayBuffer)) {
    start(data.worklet);
    return;
  }
  received += 1;
  decoder.decode(readUnitMessage(new Uint8Array(data)));
};
