import type { Call, CallNotice } from '@roomkey/core/host';
import type { Output } from '../output.js';
import { describeEnd, describeState, knockDocument, stateDocument } from './states.js';
import { describeMicrophone } from './sound.js';
import { describeScreenAudio, describeTrack, describeTrackEnd } from './tracks.js';

/**
 * Prints every state and notice, and every camera, screen and microphone that goes on or off.
 *
 * @param isOpen whether the room was open when it was found
 */
export function reportCall(call: Call, output: Output, isOpen: boolean): void {
  const print = (document: object, text: string): void => {
    if (output.json) output.result(document, '');
    else output.note(text);
  };
  call.on('state', (state) => {
    if (state.phase === 'ended') {
      // The command itself reports an error.
      const end = describeEnd(state.end, call.room);
      if (end !== undefined) output.note(end);
      return;
    }
    print({ event: 'state', ...stateDocument(state) }, describeState(state, call.room, isOpen));
  });
  call.on('track', ({ kind }) =>
    print({ event: 'track', kind }, describeTrack(nameIn(call), kind)),
  );
  call.on('trackEnd', ({ kind, reason, sessionOver }) => {
    // The next state says that the other side has left.
    if (sessionOver === true) return;
    print({ event: 'trackEnd', kind, reason }, describeTrackEnd(nameIn(call), { kind, reason }));
  });
  call.on('knocks', (knocks) => {
    // At a terminal the question says it.
    if (output.json) output.result({ event: 'knocks', knocks: knocks.map(knockDocument) }, '');
  });
  call.on('microphone', (microphone) => {
    if (!microphone.isOn && microphone.sessionOver === true) return;
    print({ event: 'microphone', ...microphone }, describeMicrophone(nameIn(call), microphone));
  });
  call.on('screenAudio', (sound) => {
    if (!sound.isOn && sound.sessionOver === true) return;
    print({ event: 'screenAudio', ...sound }, describeScreenAudio(nameIn(call), sound));
  });
  call.on('notice', ({ topic, error }) => reportNotice(output, topic, error, error.message));
}

/** Prints a warning that does not end the call. */
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

/** The other side's name. Tracks exist only while the other side is in the call. */
function nameIn({ state }: Call): string {
  if (state.phase !== 'live') throw new Error('A track of someone who is not in the call.');
  return state.participants[0].name;
}
