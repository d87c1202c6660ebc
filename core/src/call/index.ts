export { Call } from './call.js';
export type { CallEvents, CallStatistics } from './call-types.js';
export { Calls, CallsToken, type CallsOptions } from './calls.js';
export type { GuessLimit } from './guess-limit.js';
export type { NumberedFrame } from './media.js';
export type { CallNotice } from './notices.js';
export type { SenderCounts } from './sender.js';
export type { Absence, CallEnd, CallState, Partner } from './state.js';
