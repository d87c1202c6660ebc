import type { Resemblance } from '../people/known-peers-snapshot.js';

/** A person in the call, as the handshake proved it. */
export interface Participant extends Resemblance {
  /** Self-chosen. */
  readonly name: string;
  /** The Ed25519 public key, 32 bytes. */
  readonly identity: Uint8Array;
  /** Whether this identity was seen under this name before. */
  readonly known: 'new' | 'same';
  /** The four words to compare. */
  readonly words: readonly string[];
  /** The cipher's name. */
  readonly cipher: string;
  /** The number of connections that carry media; missing until it is known. */
  readonly connections?: 1 | 2;
  /** The host lets people in without a question, so no one may be looking there. */
  readonly unattended?: true;
}

/** The last partner, and why they are not in the call now. */
export interface LastPartner {
  readonly name: string;
  /**
   * `left`: with a close; `lost`: the connection broke; `unaccepted`: they know a different identity
   * by this user's name and have not accepted this one. A guest then tries until the host accepts it.
   */
  readonly kind: 'left' | 'lost' | 'unaccepted';
}

/** How a call ended. */
export type CallEnd =
  | { readonly kind: 'left' }
  | { readonly kind: 'room-closed' }
  | { readonly kind: 'replaced' }
  | { readonly kind: 'failed'; readonly error: Error };

/** The state of a call. */
export type CallState =
  /** A port is being opened, and the host publishes the room. */
  | { readonly phase: 'preparing' }
  /** Host: the room is announced. `lastPartner` if a partner was there before. */
  | { readonly phase: 'waiting'; readonly lastPartner?: LastPartner }
  /** Guest: the room is not open, no address answers, or the host has not accepted the guest. */
  | { readonly phase: 'searching'; readonly lastPartner?: LastPartner }
  /**
   * Guest: a peer answers at the address `host`, and the handshake runs. Also after a refusal, while
   * other addresses may still answer.
   */
  | { readonly phase: 'connecting'; readonly host: string; readonly lastPartner?: LastPartner }
  /** Guest: waits until the host, whose name this is, lets it in. */
  | { readonly phase: 'knocking'; readonly name: string }
  /** With the other participants: one so far. */
  | { readonly phase: 'live'; readonly participants: readonly [Participant] }
  | { readonly phase: 'ended'; readonly end: CallEnd };

/** What can happen to a call. */
export type CallEvent =
  | { readonly type: 'prepared'; readonly role: 'host' | 'guest' }
  | { readonly type: 'reach'; readonly host: string }
  | { readonly type: 'search' }
  /** Guest: waits without a limit, as if the host had not been there. */
  | { readonly type: 'wait' }
  /** Guest: the host has to let it in. */
  | { readonly type: 'knock'; readonly name: string }
  | { readonly type: 'connected'; readonly participant: Participant }
  | { readonly type: 'route'; readonly connections: 1 | 2 }
  /** Guest: of the host. */
  | { readonly type: 'unattended' }
  | { readonly type: 'lost'; readonly role: 'host' | 'guest'; readonly kind: 'left' | 'lost' }
  | { readonly type: 'unaccepted'; readonly role: 'host' | 'guest'; readonly name: string }
  | { readonly type: 'end'; readonly end: CallEnd };

/**
 * The state after `event`; the same object if nothing changed. Throws if the event cannot happen in
 * this state, which is a bug.
 */
export function transition(state: CallState, event: CallEvent): CallState {
  switch (event.type) {
    case 'prepared':
      if (state.phase === 'preparing') return idle(event.role);
      break;
    case 'reach':
      // The attempts every two seconds to be accepted are not shown.
      if (isUnaccepted(state)) return state;
      if (state.phase === 'connecting' && state.host === event.host) return state;
      if (state.phase === 'searching' || state.phase === 'connecting') {
        return { ...lastPartnerOf(state), phase: 'connecting', host: event.host };
      }
      break;
    case 'search':
      if (state.phase === 'connecting') return idle('guest', state.lastPartner);
      break;
    case 'wait':
      if (isUnaccepted(state)) return state;
      if (state.phase === 'searching') return { phase: 'searching' };
      if (state.phase === 'connecting') return { phase: 'connecting', host: state.host };
      break;
    case 'knock':
      if (state.phase === 'connecting' || isUnaccepted(state)) {
        return { phase: 'knocking', name: event.name };
      }
      break;
    case 'connected': {
      // From waiting: a host ignores peers until they are verified. From live: the same partner came
      // by a newer connection.
      if (
        state.phase === 'connecting' ||
        state.phase === 'knocking' ||
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
    case 'unattended':
      if (state.phase === 'live') {
        const [participant] = state.participants;
        if (participant.unattended === true) return state;
        return { phase: 'live', participants: [{ ...participant, unattended: true }] };
      }
      break;
    case 'lost':
      if (state.phase === 'live') {
        const [{ name }] = state.participants;
        return idle(event.role, { name, kind: event.kind });
      }
      // A guest that was not admitted yet.
      if (state.phase === 'connecting') return idle('guest', state.lastPartner);
      if (state.phase === 'knocking') return idle('guest', { name: state.name, kind: event.kind });
      if (isUnaccepted(state)) return state;
      break;
    case 'unaccepted':
      if (isUnaccepted(state)) return state;
      if (state.phase === 'connecting' || state.phase === 'knocking' || state.phase === 'live') {
        return idle(event.role, { name: event.name, kind: 'unaccepted' });
      }
      break;
    case 'end':
      if (state.phase !== 'ended') return { phase: 'ended', end: event.end };
      break;
  }
  throw new Error(`A call in the state ${state.phase} cannot handle the event ${event.type}.`);
}

/** Whether this is a guest that waits to be accepted. */
function isUnaccepted(state: CallState): boolean {
  return state.phase === 'searching' && state.lastPartner?.kind === 'unaccepted';
}

function idle(role: 'host' | 'guest', lastPartner?: LastPartner): CallState {
  const phase = role === 'host' ? 'waiting' : 'searching';
  return lastPartner === undefined ? { phase } : { phase, lastPartner };
}

function lastPartnerOf(state: { readonly lastPartner?: LastPartner }): {
  readonly lastPartner?: LastPartner;
} {
  return state.lastPartner === undefined ? {} : { lastPartner: state.lastPartner };
}
