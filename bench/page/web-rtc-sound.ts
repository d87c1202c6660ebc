import type { Concealment } from './bench-page.js';
import { describe } from './web-rtc.js';

/** Both sides hear the voice as it is. */
const MICROPHONE = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
/** The rate of Roomkey's sound, constant as there; units of 20 ms are the default of both. */
const OPUS = 'maxaveragebitrate=32000;cbr=1';

/** The baseline: Opus both ways by WebRTC, with the shortest jitter buffer that it offers. */
export class WebRtcSound {
  readonly #connection = new RTCPeerConnection();
  readonly #player = new Audio();
  readonly #stream: MediaStream;

  private constructor(stream: MediaStream, onTrack: (track: MediaStreamTrack) => void) {
    this.#stream = stream;
    this.#connection.ontrack = ({ track, receiver }) => {
      receiver.jitterBufferTarget = 0;
      onTrack(track);
      this.#player.srcObject = new MediaStream([track]);
      void this.#player.play();
    };
  }

  /** @param onTrack called with what is played */
  static async open(onTrack: (track: MediaStreamTrack) => void): Promise<WebRtcSound> {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: MICROPHONE });
    return new WebRtcSound(stream, onTrack);
  }

  /** Calls. @returns the offer */
  async offer(): Promise<string> {
    this.#addMicrophone();
    return describe(this.#connection, await this.#connection.createOffer());
  }

  /** Answers a call. @returns the answer */
  async answer(sdp: string): Promise<string> {
    await this.#connection.setRemoteDescription({ type: 'offer', sdp: withRate(sdp) });
    this.#addMicrophone();
    return describe(this.#connection, await this.#connection.createAnswer());
  }

  async accept(sdp: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: 'answer', sdp: withRate(sdp) });
  }

  async concealment(): Promise<Concealment> {
    const report = await this.#connection.getStats();
    for (const statistics of report.values() as Iterable<RTCStats>) {
      if (statistics.type !== 'inbound-rtp') continue;
      const { totalSamplesReceived, concealedSamples } = statistics as RTCInboundRtpStreamStats;
      return {
        playedSamples: totalSamplesReceived ?? 0,
        concealedSamples: concealedSamples ?? 0,
      };
    }
    throw new Error('WebRTC has received nothing.');
  }

  close(): void {
    this.#connection.close();
    this.#player.srcObject = null;
    for (const track of this.#stream.getTracks()) track.stop();
  }

  #addMicrophone(): void {
    for (const track of this.#stream.getTracks()) this.#connection.addTrack(track, this.#stream);
  }
}

/** Asks for the rate: what a description says of a codec is what its writer wants to receive. */
function withRate(sdp: string): string {
  const payload = /a=rtpmap:(\d+) opus\/48000/.exec(sdp)?.[1] ?? '';
  return sdp.replace(new RegExp(`(a=fmtp:${payload} [^\\r\\n]*)`), `$1;${OPUS}`);
}
