import { fingerprint, type CallEnd, type CallState, type CaptureRequest } from '@roomkey/core/host';
import type { CallPhase, EndView, Failure, Settings } from '../messages/index.js';

/** A call's state as a page gets it. @param failureOf makes a failure of what ended it */
export function phaseOf(state: CallState, failureOf: (error: Error) => Failure): CallPhase {
  switch (state.phase) {
    case 'live': {
      const { name, identity, known } = state.partner;
      return { ...state, partner: { name, known, fingerprint: fingerprint(identity) } };
    }
    case 'ended':
      return { phase: 'ended', end: endOf(state.end, failureOf) };
    default:
      return state;
  }
}

function endOf(end: CallEnd, failureOf: (error: Error) => Failure): EndView {
  return end.kind === 'failed' ? { kind: 'failed', failure: failureOf(end.error) } : end;
}

/** What the settings ask of a camera. */
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
