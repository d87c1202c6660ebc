import type { Resemblance } from '../people/known-peers-snapshot.js';

/** Someone who takes part in the call, as the handshake proved it. */
export interface Participant extends Resemblance {
  /** The name that they show. */
  readonly name: string;
  /** The Ed25519 public key, 32 bytes. */
  readonly identity: Uint8Array;
  /** Whether this identity was seen under this name before. */
  readonly known: 'new' | 'same';
  /** The four words to compare. */
  readonly words: readonly string[];
  /** The cipher's name. */
  readonly cipher: string;
  /** Missing until it is known how the media go. */
  readonly connections?: 1 | 2;
}

/** Why somebody is not there at the moment. */
export interface LastPartner {
  readonly name: string;
  /**
   * `left` by a goodbye; `lost` by a broken connection; `unaccepted`: they know another identity by
   * one's own name, and have not accepted this one. A guest then tries until the host has.
   */
  readonly kind: 'left' | 'lost' | 'unaccepted';
}

/** How a call ended. */
export type CallEnd =
  | { readonly kind: 'left' }
  | { readonly kind: 'room-closed' }
  | { readonly kind: 'replaced' }
  | { readonly kind: 'failed'; readonly error: Error };

/** Where a call is. A UI shows each of them in words. */
export type CallState =
  /** A port is being opened, and by the host the room made known. */
  | { readonly phase: 'preparing' }
  /** Host: the room is announced; the partner may come. `absence` where one was there before. */
  | { readonly phase: 'waiting'; readonly absence?: LastPartner }
  /** Guest: the host is not live, nobody answers at its addresses, or it has not accepted the guest. */
  | { readonly phase: 'searching'; readonly absence?: LastPartner }
  /**
   * Guest: somebody answers at the address `host`, and the two verify each other. Also while an answer
   * that it said no is weighed.
   */
  | { readonly phase: 'connecting'; readonly host: string; readonly absence?: LastPartner }
  /** Others are there: one at a time so far. */
  | { readonly phase: 'live'; readonly participants: readonly [Participant] }
  | { readonly phase: 'ended'; readonly end: CallEnd };

/** What can happen to a call. */
export type CallEvent =
  | { readonly type: 'prepared'; readonly role: 'host' | 'guest' }
  | { readonly type: 'reach'; readonly host: string }
  | { readonly type: 'search' }
  /** Guest: waits on, as if the host had not been there. */
  | { readonly type: 'wait' }
  | { readonly type: 'connected'; readonly participant: Participant }
  | { readonly type: 'route'; readonly connections: 1 | 2 }
  | { readonly type: 'lost'; readonly role: 'host' | 'guest'; readonly kind: 'left' | 'lost' }
  | { readonly type: 'unaccepted'; readonly role: 'host' | 'guest'; readonly name: string }
  | { readonly type: 'end'; readonly end: CallEnd };

/**
 * The state after `event`; the same one where nothing is to be told. Throws where the event cannot
 * happen in this state: that is a bug.
 */
export function transition(state: CallState, event: CallEvent): CallState {
  switch (event.type) {
    case 'prepared':
      if (state.phase === 'preparing') return idle(event.role);
      break;
    case 'reach':
      // A try every two seconds whether one is accepted is nothing that a person should follow.
      if (isUnaccepted(state)) return state;
      if (state.phase === 'connecting' && state.host === event.host) return state;
      if (state.phase === 'searching' || state.phase === 'connecting') {
        return { ...absenceOf(state), phase: 'connecting', host: event.host };
      }
      break;
    case 'search':
      if (state.phase === 'connecting') return idle('guest', state.absence);
      break;
    case 'wait':
      if (isUnaccepted(state)) return state;
      if (state.phase === 'searching') return { phase: 'searching' };
      if (state.phase === 'connecting') return { phase: 'connecting', host: state.host };
      break;
    case 'connected': {
      // From waiting: a host takes no notice of strangers until they are verified. From live: the
      // same person came by a newer connection.
      if (
        state.phase === 'connecting' ||
        state.phase === 'live' ||
        state.phase === 'waiting' ||
        isUnaccepted(state)
      ) {
        return { phase: 'live', participants: [event.participant] };
      }
      break;
    }
    case 'route':
      if (state.phase === 'live') {
        const [participant] = state.participants;
        const { connections } = event;
        return { phase: 'live', participants: [{ ...participant, connections }] };
      }
      break;
    case 'lost':
      if (state.phase === 'live') {
        const [{ name }] = state.participants;
        return idle(event.role, { name, kind: event.kind });
      }
      // A guest that was not let in yet.
      if (state.phase === 'connecting') return idle('guest', state.absence);
      if (isUnaccepted(state)) return state;
      break;
    case 'unaccepted':
      if (isUnaccepted(state)) return state;
      if (state.phase === 'connecting' || state.phase === 'live') {
        return idle(event.role, { name: event.name, kind: 'unaccepted' });
      }
      break;
    case 'end':
      if (state.phase !== 'ended') return { phase: 'ended', end: event.end };
      break;
  }
  throw new Error(`a call cannot go on from ${state.phase} by ${event.type}`);
}

/** Whether a guest waits to be accepted. */
function isUnaccepted(state: CallState): boolean {
  return state.phase === 'searching' && state.absence?.kind === 'unaccepted';
}

function idle(role: 'host' | 'guest', absence?: LastPartner): CallState {
  const phase = role === 'host' ? 'waiting' : 'searching';
  return absence === undefined ? { phase } : { phase, absence };
}

function absenceOf(state: { readonly absence?: LastPartner }): { readonly absence?: LastPartner } {
  return state.absence === undefined ? {} : { absence: state.absence };
}
