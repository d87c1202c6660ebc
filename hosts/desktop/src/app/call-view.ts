import {
  fingerprint,
  resemblanceNotes,
  type CallEnd,
  type CallState,
  type CaptureRequest,
  type Knock,
  type Participant,
} from '@roomkey/core/host';
import type {
  CallPhase,
  EndView,
  FailureView,
  KnockView,
  PersonView,
  Settings,
} from '../messages/index.js';

/**
 * Converts core's call state for the page; `undefined` if the user left, which is not shown.
 *
 * @param ownName name of the signed-in account
 * @param failureOf converts the error that ended the call
 */
export function phaseOf(
  state: CallState,
  ownName: string,
  failureOf: (error: Error) => FailureView,
): CallPhase | undefined {
  switch (state.phase) {
    case 'live': {
      const [participant] = state.participants;
      const { words, cipher, connections, unattended } = participant;
      const view = {
        ...personOf(participant, ownName),
        words,
        cipher,
        ...(connections !== undefined && { connections }),
        ...(unattended === true && ({ unattended } as const)),
      };
      return { phase: 'live', participants: [view] };
    }
    case 'ended': {
      const end = endOf(state.end, failureOf);
      return end && { phase: 'ended', end };
    }
    default:
      return state;
  }
}

/** @param ownName name of the signed-in account */
export function knockOf(knock: Knock, ownName: string): KnockView {
  return { id: knock.id, ...personOf(knock, ownName) };
}

function personOf(person: Participant | Knock, ownName: string): PersonView {
  const { name, identity, known } = person;
  const notes = resemblanceNotes(person, ownName);
  return {
    name,
    known,
    fingerprint: fingerprint(identity),
    ...(notes.length > 0 && { notes }),
  };
}

function endOf(end: CallEnd, failureOf: (error: Error) => FailureView): EndView | undefined {
  switch (end.kind) {
    case 'left':
      return undefined;
    case 'failed':
      return { kind: 'failed', failure: failureOf(end.error) };
    default:
      return end;
  }
}

/** Converts the settings to a capture request. */
export function captureRequest(settings: Settings): CaptureRequest {
  const { resolution, fps, quality, codec, deviceId } = settings;
  const [width = 0, height = 0] = resolution.split('x').map(Number);
  return {
    width,
    height,
    fps,
    quality,
    ...(deviceId !== undefined && { deviceId }),
    ...(codec !== 'auto' && { codec }),
  };
}
