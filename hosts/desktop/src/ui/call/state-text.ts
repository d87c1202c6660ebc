import type {
  LastPartnerView,
  CallPhase,
  CallView,
  EndView,
  KnockView,
} from '../../messages/index.js';

/** Title and explanation of a state. */
export interface StateText {
  readonly title: string;
  readonly text: string;
}

/** A call in progress without a partner. */
export type WaitingPhase = Exclude<CallPhase, { phase: 'live' | 'ended' }>;

/** The text for a waiting call. */
export function waitingText(state: WaitingPhase, room: CallView['room']): StateText {
  switch (state.phase) {
    case 'deriving-key':
      return {
        title: 'Checking the password…',
        text: 'This takes a moment.',
      };
    case 'preparing':
      return { title: 'Opening the room…', text: 'It takes a moment.' };
    case 'waiting':
      return {
        title: lastPartnerTitle(state.lastPartner) ?? 'Waiting for someone to come',
        text: waitingHint(state.lastPartner, room.password),
      };
    case 'searching':
      return searchText(state.lastPartner, isolate(room.owner));
    case 'knocking': {
      const name = isolate(state.name);
      return {
        title: `Waiting for ${name} to let you in`,
        text: `${name} sees your name, and nothing of your camera or screen yet.`,
      };
    }
    case 'connecting':
      // Retries after a lost host look like one state to the user.
      if (state.lastPartner !== undefined)
        return searchText(state.lastPartner, isolate(room.owner));
      if (room.password) {
        return {
          title: 'Checking the password…',
          text: 'Both sides prove that they know it. It is never sent.',
        };
      }
      return {
        title: 'Connecting…',
        text: `Someone answers at ${state.host}. Both sides now prove who they are.`,
      };
  }
}

function waitingHint(lastPartner: LastPartnerView | undefined, hasPassword: boolean): string {
  if (lastPartner?.kind === 'unaccepted') {
    return `Read this fingerprint to ${isolate(lastPartner.name)} by phone. They can join once they accept it.`;
  }
  return hasPassword
    ? 'People on this network see the room as open. Anyone who knows the password can come in; the call then begins by itself.'
    : 'Anyone on this network can ask to join.';
}

function searchText(lastPartner: LastPartnerView | undefined, owner: string): StateText {
  const title = lastPartnerTitle(lastPartner) ?? `Waiting for ${owner}`;
  switch (lastPartner?.kind) {
    case undefined:
      return { title, text: `You’ll join when ${owner} opens the room.` };
    case 'left':
      return { title, text: `You’ll join again if ${owner} comes back within 10 minutes.` };
    case 'lost':
      return { title, text: 'Roomkey keeps trying for 10 minutes.' };
    case 'unaccepted':
      return {
        title,
        text: `Read this fingerprint to ${isolate(lastPartner.name)} by phone. You’ll join when they accept it.`,
      };
  }
}

function lastPartnerTitle(lastPartner: LastPartnerView | undefined): string | undefined {
  if (lastPartner === undefined) return undefined;
  const name = isolate(lastPartner.name);
  switch (lastPartner.kind) {
    case 'left':
      return `${name} left`;
    case 'lost':
      return `Reconnecting to ${name}…`;
    case 'unaccepted':
      return `${name} doesn’t recognize you yet`;
  }
}

/** The text for an ended call. A changed identity has a screen of its own. */
export function endText(end: EndView, room: CallView['room']): StateText {
  switch (end.kind) {
    case 'room-closed':
      return {
        title: 'The room was deleted',
        text: 'Its owner left and deleted it. To meet again, one of you creates another.',
      };
    case 'replaced':
      return {
        title: 'You are in this room from another place',
        text: 'Your account joined it on another machine or in another window, and that one took your place here.',
      };
    case 'failed': {
      const { code, message } = end.failure;
      const title = failureTitle(code, room);
      return { title, text: code === 'RK_ROOM_DECLINED' ? declinedHint : message };
    }
  }
}

/** In place of the message, which is the title. */
const declinedHint = 'You can ask again in 10 minutes.';

function failureTitle(code: string, { password, owner }: CallView['room']): string {
  switch (code) {
    case 'RK_HANDSHAKE_FAILED':
      return password ? 'The password did not fit' : 'The other side could not be verified';
    case 'RK_ROOM_PASSWORD_CHANGED':
      return 'Not the password you used last time';
    case 'RK_PASSWORD_GUESSED':
      return 'Someone may be guessing the password';
    case 'RK_ROOM_NOT_OPEN':
      return `${isolate(owner)} isn’t here`;
    case 'RK_ROOM_DECLINED':
      return `${isolate(owner)} didn’t let you in`;
    case 'RK_ROOM_FULL':
    case 'RK_HANDSHAKE_BUSY':
      return 'The room is full';
    case 'RK_HANDSHAKE_VERSION':
      return 'The two versions do not fit';
    case 'RK_IDENTITY_UNACCEPTED':
      return `${isolate(owner)} doesn’t recognize you`;
    default:
      return 'The call could not go on';
  }
}

/** Who wants to join: the guest who has waited longest. */
export function knockLine({ name }: Pick<KnockView, 'name'>): string {
  return `${isolate(name)} wants to join`;
}

/** One-line status, for the header and the window title. */
export function statusLine(call: CallView): string {
  const [knock] = call.knocks;
  return knock === undefined ? phaseLine(call) : knockLine(knock);
}

/** The phase in one line. */
export function phaseLine({ state, room }: CallView): string {
  switch (state.phase) {
    case 'live':
      return `Connected to ${isolate(state.participants[0].name)}`;
    case 'ended':
      return endText(state.end, room).title;
    default:
      return waitingText(state, room).title;
  }
}

/** About a partner who lets people in without a question. */
export function unattendedText(name: string): string {
  return `Perhaps no one is looking: ${isolate(name)} lets people in without a question.`;
}

/** The title of the window. */
export function windowTitle(call: CallView | null): string {
  if (call === null) return 'Roomkey';
  const { state, room, knocks } = call;
  if (state.phase === 'live' && knocks.length === 0)
    return `${state.participants[0].name} – Roomkey`;
  return `${statusLine(call)} – ${room.name} – Roomkey`;
}

/** Isolates a name's text direction from the sentence (U+2068 … U+2069). */
function isolate(name: string): string {
  return `\u2068${name}\u2069`;
}
