export { Call } from './call.js';
export type { CallEvents, CallStatistics, CallTrack, ReceivedCounts } from './call-types.js';
export { Calls, CallsToken, type CallsOptions } from './calls.js';
export type { GuessLimit } from './guess-limit.js';
export type { CallNotice } from './notices.js';
export type { LastPartner, CallEnd, CallState, Participant } from './state.js';
export type { LocalVideoCounts } from '../media/local-video-track.js';
export type { RemoteVideoTrack, VideoSink } from '../media/remote-video-track.js';
