import {
  fingerprint,
  resemblanceNotes,
  type LastPartner,
  type Call,
  type CallEnd,
  type CallState,
  type Knock,
  type Participant,
} from '@roomkey/core/host';

type Running = Exclude<CallState, { phase: 'ended' }>;

/**
 * A state in words.
 *
 * @param isOpen whether the room was open when it was found
 */
export function describeState(
  state: Running,
  { name: room, parameters, account }: Call['room'],
  isOpen: boolean,
): string {
  if ('lastPartner' in state && state.lastPartner.kind === 'unaccepted') {
    const then = state.phase === 'waiting' ? 'They can join once' : 'You’ll join when';
    return `${state.lastPartner.name} doesn’t recognize you yet. Read them your fingerprint by phone: ${fingerprint(account.identity.publicKey)}. ${then} they accept it.`;
  }
  switch (state.phase) {
    case 'preparing':
      return `Opening “${room}” …`;
    case 'waiting':
      return `${lastPartner(state.lastPartner)}Waiting in “${room}” for someone to join …`;
    case 'searching':
      if (state.lastPartner !== undefined) return describeSearch(state.lastPartner);
      return isOpen ? `Joining “${room}” …` : `Waiting for “${room}” to be opened by its owner …`;
    case 'connecting':
      return parameters.mode === 1
        ? `Connecting to ${state.host}; checking the password …`
        : `Connecting to ${state.host} …`;
    case 'knocking':
      return `Waiting for ${state.name} to let you in …`;
    case 'live': {
      const [participant] = state.participants;
      return participant.connections === undefined
        ? describeParticipant(participant, account.name)
        : describeRoute(participant);
    }
  }
}

/** How a call ended, unless the person or an error ended it. */
export function describeEnd({ kind }: CallEnd, { owner }: Call['room']): string | undefined {
  switch (kind) {
    case 'replaced':
      return 'This call moved to another window or computer.';
    case 'room-closed':
      return `${owner} deleted this room.`;
    case 'left':
    case 'failed':
      return undefined;
  }
}

/** A state as `--json` prints it. */
export function stateDocument(state: Running): Readonly<Record<string, unknown>> {
  if (state.phase !== 'live') return { ...state };
  const participants = state.participants.map((participant) => ({
    ...participant,
    identity: Buffer.from(participant.identity).toString('hex'),
  }));
  return { phase: state.phase, participants };
}

/** A guest who waits to be let in, as `--json` prints it. */
export function knockDocument(knock: Knock): Readonly<Record<string, unknown>> {
  return { ...knock, identity: Buffer.from(knock.identity).toString('hex') };
}

function describeSearch({ name, kind }: LastPartner): string {
  return kind === 'left'
    ? `${name} left. Waiting 10 minutes for ${name} to come back; Ctrl-C leaves …`
    : `The connection to ${name} was lost. Reconnecting for up to 10 minutes; Ctrl-C leaves …`;
}

function lastPartner(gone: LastPartner | undefined): string {
  if (gone === undefined) return '';
  return gone.kind === 'left' ? `${gone.name} left. ` : `The connection to ${gone.name} was lost. `;
}

function describeParticipant(participant: Participant, ownName: string): string {
  const { name, known, words } = participant;
  const met = known === 'same' ? 'with the same identity as before' : 'for the first time';
  const notes = resemblanceNotes(participant, ownName).map((note) => `\n${note}`);
  return `${name} is here, ${met}.${notes.join('')}\nNo one is in between if both sides show these words: ${words.join(' ')}`;
}

/** The last state of a new call: what matters all along comes here. */
function describeRoute({ name, connections, cipher, unattended }: Participant): string {
  const route =
    connections === 2
      ? `Encrypted with ${cipher}, one connection each way.`
      : `Encrypted with ${cipher}, one connection for both ways: a firewall blocks the second.`;
  if (unattended !== true) return route;
  return `${route}\nPerhaps no one is looking: ${name} lets people in without a question.`;
}
