export { Call } from './call.js';
export type {
  CallAudioInput,
  CallEvents,
  CallMicrophone,
  CallSpeaker,
  CallStatistics,
  CallTrack,
  ReceivedCounts,
  ReceivedSound,
  RemoteMicrophone,
  RemoteScreenAudio,
} from './call-types.js';
export { Calls, CallsToken, type CallsOptions } from './calls.js';
export type { GuessLimit } from './guess-limit.js';
export type { Knock, LetIn } from './lobby.js';
export type { CallNotice } from './notices.js';
export type { LastPartner, CallEnd, CallState, Participant } from './state.js';
export type { LocalAudioCounts } from '../media/local-audio-track.js';
export type { LocalVideoCounts } from '../media/local-video-track.js';
export type { StreamAnswer, StreamPeer, StreamProtocol } from '../streams/stream-protocol.js';
export type { IncomingStream, IncomingStreamSink } from '../streams/incoming-stream.js';
export type { OutgoingStream, OutgoingStreamHandlers } from '../streams/outgoing-stream.js';
export type { RemoteVideoTrack, VideoSink } from '../media/remote-video-track.js';
