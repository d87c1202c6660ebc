import type { Call, CallNotice } from '@roomkey/core/host';
import type { Output } from '../output.js';
import { describeEnd, describeState, stateDocument } from './states.js';
import { describeTrack, describeTrackEnd } from './tracks.js';

/**
 * Tells of every state and notice, and of every camera and screen that goes on or off.
 *
 * @param isOpen whether the room was open when it was found
 */
export function reportCall(call: Call, output: Output, isOpen: boolean): void {
  const tell = (document: object, text: string): void => {
    if (output.json) output.result(document, '');
    else output.note(text);
  };
  call.on('state', (state) => {
    if (state.phase === 'ended') {
      // An error is the command's own.
      const end = describeEnd(state.end, call.room);
      if (end !== undefined) output.note(end);
      return;
    }
    tell({ event: 'state', ...stateDocument(state) }, describeState(state, call.room, isOpen));
  });
  call.on('track', ({ kind }) => tell({ event: 'track', kind }, describeTrack(nameIn(call), kind)));
  call.on('trackEnd', ({ kind, reason, sessionOver }) => {
    // That the other side has left is a state.
    if (sessionOver === true) return;
    tell({ event: 'trackEnd', kind, reason }, describeTrackEnd(nameIn(call), { kind, reason }));
  });
  call.on('notice', ({ topic, error }) => reportNotice(output, topic, error, error.message));
}

/** Tells of what a person should know and does not end the call. */
export function reportNotice(
  output: Output,
  topic: CallNotice['topic'],
  error: unknown,
  message: string,
): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (output.json) output.result({ event: 'notice', topic, code, message }, '');
  output.note(`warning: ${message}`);
}

/** Tracks come from those who are there. */
function nameIn({ state }: Call): string {
  if (state.phase !== 'live') throw new Error('A track of someone who is not in the call.');
  return state.participants[0].name;
}
