/** The baseline: VP8 from one page to another by WebRTC, configured for low delay at one bit rate. */
export class WebRtcEnd {
  readonly #connection = new RTCPeerConnection();

  /** Calls. @returns the offer */
  async offer(track: MediaStreamTrack): Promise<string> {
    track.contentHint = 'motion';
    const transceiver = this.#connection.addTransceiver(track, { direction: 'sendonly' });
    const codecs = RTCRtpSender.getCapabilities('video')?.codecs ?? [];
    transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === 'video/VP8'));
    return describe(this.#connection, await this.#connection.createOffer());
  }

  /** Answers a call. @returns the answer */
  async answer(sdp: string, onTrack: (track: MediaStreamTrack) => void): Promise<string> {
    this.#connection.ontrack = ({ track, receiver }) => {
      receiver.jitterBufferTarget = 0;
      onTrack(track);
    };
    await this.#connection.setRemoteDescription({ type: 'offer', sdp });
    return describe(this.#connection, await this.#connection.createAnswer());
  }

  async accept(sdp: string, bitsASecond: number): Promise<void> {
    // This rate from the first picture on, instead of a slow rise from 300 kbit/s.
    const kilobits = Math.round(bitsASecond / 1000);
    const payload = /a=rtpmap:(\d+) VP8/.exec(sdp)?.[1];
    const [sender] = this.#connection.getSenders();
    if (payload === undefined || sender === undefined)
      throw new Error('The other page does not take VP8.');
    const rate = `a=fmtp:${payload} x-google-start-bitrate=${kilobits};x-google-min-bitrate=${kilobits}`;
    await this.#connection.setRemoteDescription({ type: 'answer', sdp: `${sdp}${rate}\r\n` });
    const parameters = sender.getParameters();
    parameters.degradationPreference = 'maintain-resolution';
    for (const encoding of parameters.encodings) {
      encoding.maxBitrate = bitsASecond;
      encoding.maxFramerate = 30;
    }
    await sender.setParameters(parameters);
  }

  async receivedBytes(): Promise<number> {
    const report = await this.#connection.getStats();
    for (const statistics of report.values() as Iterable<RTCStats>) {
      if (statistics.type === 'inbound-rtp') {
        return (statistics as RTCInboundRtpStreamStats).bytesReceived ?? 0;
      }
    }
    return 0;
  }

  close(): void {
    this.#connection.close();
  }
}

/** The whole description at once, without trickle ICE. */
export async function describe(
  connection: RTCPeerConnection,
  description: RTCSessionDescriptionInit,
): Promise<string> {
  await connection.setLocalDescription(description);
  while (connection.iceGatheringState !== 'complete') {
    await new Promise((resolve) => {
      connection.addEventListener('icegatheringstatechange', resolve, { once: true });
    });
  }
  return connection.localDescription?.sdp ?? '';
}
