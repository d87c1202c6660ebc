// Listens to this page's microphone, and to what it plays: through Roomkey's page side of sound, which
// knows nothing of it, or by WebRTC.
import type { AudioOutputStatistics } from '@roomkey/core';
import { MediaStreamTrackProcessor } from '../../plugins/audio-browser/src/page/track-processor.js';
import type { Concealment, HeardSound, SpeakerReport } from './bench-page.js';
import { SoundRecorder, type SoundPieces } from './sound-recorder.js';
import type { ToSoundWorker } from './sound-worker.js';
import workletAddress from './sound-worklet.ts?worker&url';
import { WebRtcSound } from './web-rtc-sound.js';

/** The pieces that may wait for the worker. */
const MAX_PIECES = 100;

export class PageSound {
  readonly #captured = new SoundRecorder();
  readonly #played = new SoundRecorder();
  #reports: SpeakerReport[] = [];
  #latest: Concealment = { playedSamples: 0, concealedSamples: 0 };
  #stopCapture: () => void = () => undefined;
  #stopPlayed: () => void = () => undefined;
  #webRtc: WebRtcSound | undefined;

  /** Call before anything opens a microphone or a loudspeaker. */
  constructor() {
    this.#listenToMicrophones();
    listenToWorklets((pieces) => {
      if (this.#webRtc === undefined) this.#played.add(pieces);
    });
    listenToReports((statistics) => {
      this.#latest = statistics;
      this.#reports.push({ ...statistics, at: Date.now() });
    });
  }

  get heard(): HeardSound {
    return {
      captured: this.#captured.passed,
      played: this.#played.passed,
      reports: this.#reports,
    };
  }

  forget(): void {
    this.#captured.forget();
    this.#played.forget();
    this.#reports = [];
  }

  async concealment(): Promise<Concealment> {
    return (await this.#webRtc?.concealment()) ?? this.#latest;
  }

  async offer(): Promise<string> {
    return (await this.#openWebRtc()).offer();
  }

  async answer(sdp: string): Promise<string> {
    return (await this.#openWebRtc()).answer(sdp);
  }

  async accept(sdp: string): Promise<void> {
    if (this.#webRtc === undefined) throw new Error('There was no offer.');
    await this.#webRtc.accept(sdp);
  }

  stop(): void {
    this.#webRtc?.close();
    this.#webRtc = undefined;
    this.#stopPlayed();
  }

  async #openWebRtc(): Promise<WebRtcSound> {
    const webRtc = await WebRtcSound.open((track) => {
      this.#stopPlayed = recordTrack(track, false, this.#played);
    });
    this.#webRtc = webRtc;
    return webRtc;
  }

  /** Reads a second track of each microphone that the page opens. */
  #listenToMicrophones(): void {
    const media = navigator.mediaDevices;
    const open = media.getUserMedia.bind(media);
    media.getUserMedia = async (constraints) => {
      const stream = await open(constraints);
      const [track] = stream.getAudioTracks();
      if (track !== undefined) {
        this.#stopCapture();
        this.#stopCapture = recordTrack(track.clone(), true, this.#captured);
      }
      return stream;
    };
  }
}

/** @returns a function that stops it, and the track */
function recordTrack(track: MediaStreamTrack, isCapture: boolean, to: SoundRecorder): () => void {
  if (MediaStreamTrackProcessor === undefined) {
    throw new Error('This browser cannot read the sound of a track.');
  }
  const worker = new Worker(new URL('./sound-worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<SoundPieces>) => to.add(data);
  const { readable } = new MediaStreamTrackProcessor({ track, maxBufferSize: MAX_PIECES });
  worker.postMessage({ readable, isCapture } satisfies ToSoundWorker, [readable]);
  return () => {
    track.stop();
    worker.terminate();
  };
}

/** Connects a recorder to every worklet of the page. */
function listenToWorklets(onPieces: (pieces: SoundPieces) => void): void {
  const addModule = Object.getOwnPropertyDescriptors(Worklet.prototype).addModule.value!;
  Worklet.prototype.addModule = async function (this: Worklet, ...args) {
    await addModule.call(this, workletAddress);
    await addModule.apply(this, args);
  };
  const Node = AudioWorkletNode;
  window.AudioWorkletNode = class extends Node {
    constructor(...args: ConstructorParameters<typeof Node>) {
      super(...args);
      const recorder = new Node(args[0], 'bench-recorder', { numberOfOutputs: 0 });
      recorder.port.onmessage = ({ data }: MessageEvent<SoundPieces>) => onPieces(data);
      this.connect(recorder);
    }
  };
}

/** Reads what the loudspeaker's worker reports to the page. */
function listenToReports(onStatistics: (statistics: AudioOutputStatistics) => void): void {
  window.Worker = class extends Worker {
    constructor(...args: ConstructorParameters<typeof Worker>) {
      super(...args);
      this.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        if (isReport(data)) onStatistics(data.statistics);
      });
    }
  };
}

function isReport(data: unknown): data is { readonly statistics: AudioOutputStatistics } {
  return typeof data === 'object' && data !== null && 'statistics' in data;
}
