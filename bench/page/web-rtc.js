// The baseline: VP8 from one page to another by WebRTC, put up for little delay and this bit rate.
let connection;

/** Calls without trickling: the whole description at once. */
async function described(description) {
  await connection.setLocalDescription(description);
  while (connection.iceGatheringState !== 'complete') {
    await new Promise((resolve) => {
      connection.addEventListener('icegatheringstatechange', resolve, { once: true });
    });
  }
  return connection.localDescription.sdp;
}

export async function offer(track) {
  connection = new RTCPeerConnection();
  track.contentHint = 'motion';
  const transceiver = connection.addTransceiver(track, { direction: 'sendonly' });
  const codecs = RTCRtpSender.getCapabilities('video').codecs;
  transceiver.setCodecPreferences(codecs.filter(({ mimeType }) => mimeType === 'video/VP8'));
  return described(await connection.createOffer());
}

/** Takes a call. @returns the answer */
export async function answer(sdp, onTrack) {
  connection = new RTCPeerConnection();
  connection.ontrack = ({ track, receiver }) => {
    receiver.jitterBufferTarget = 0;
    onTrack(track);
  };
  await connection.setRemoteDescription({ type: 'offer', sdp });
  return described(await connection.createAnswer());
}

export async function accept(sdp, bitsASecond) {
  // From the first picture on, instead of feeling its way up from 300 kbit/s.
  const kilobits = Math.round(bitsASecond / 1000);
  const [, payload] = /a=rtpmap:(\d+) VP8/.exec(sdp);
  const rate = `a=fmtp:${payload} x-google-start-bitrate=${kilobits};x-google-min-bitrate=${kilobits}`;
  await connection.setRemoteDescription({ type: 'answer', sdp: `${sdp}${rate}\r\n` });
  const [sender] = connection.getSenders();
  const parameters = sender.getParameters();
  parameters.degradationPreference = 'maintain-resolution';
  parameters.encodings[0].maxBitrate = bitsASecond;
  parameters.encodings[0].maxFramerate = 30;
  await sender.setParameters(parameters);
}

export async function receivedBytes() {
  for (const report of (await connection.getStats()).values()) {
    if (report.type === 'inbound-rtp') return report.bytesReceived;
  }
  return 0;
}

export function hangUp() {
  connection?.close();
  connection = undefined;
}
