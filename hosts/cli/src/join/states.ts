import {
  fingerprint,
  resemblanceNotes,
  type Absence,
  type Call,
  type CallEnd,
  type CallState,
} from '@roomkey/core/host';

type Running = Exclude<CallState, { phase: 'ended' }>;

/**
 * A state in words for the person who waits.
 *
 * @param isOpen whether the room was open when it was found
 */
export function describeState(
  state: Running,
  { name: room, parameters, account }: Call['room'],
  isOpen: boolean,
): string {
  if ('absence' in state && state.absence.kind === 'unaccepted') {
    const then = state.phase === 'waiting' ? 'They can join once' : 'You’ll join when';
    return `${state.absence.name} doesn’t recognise you yet. Read them your fingerprint by phone: ${fingerprint(account.identity.publicKey)}. ${then} they accept it.`;
  }
  switch (state.phase) {
    case 'preparing':
      return `Opening “${room}” …`;
    case 'waiting':
      return `${absence(state.absence)}Waiting in “${room}” for somebody to join …`;
    case 'searching':
      if (state.absence !== undefined) return describeSearch(state.absence);
      return isOpen ? `Joining “${room}” …` : `Waiting for “${room}” to be opened by its owner …`;
    case 'connecting':
      return parameters.mode === 1
        ? `Connecting to ${state.host}; checking the password …`
        : `Connecting to ${state.host} …`;
    case 'live':
      return state.connections === undefined
        ? describePartner(state, account.name)
        : describeRoute(state);
  }
}

/** How a call ended, where neither the person nor an error ended it. */
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
  const { partner, ...rest } = state;
  const identity = Buffer.from(partner.identity).toString('hex');
  return { ...rest, partner: { ...partner, identity } };
}

function describeSearch({ name, kind }: Absence): string {
  return kind === 'left'
    ? `${name} left. Waiting 10 minutes for ${name} to come back; Ctrl-C leaves …`
    : `The connection to ${name} was lost. Reconnecting for up to 10 minutes; Ctrl-C leaves …`;
}

function absence(gone: Absence | undefined): string {
  if (gone === undefined) return '';
  return gone.kind === 'left' ? `${gone.name} left. ` : `The connection to ${gone.name} was lost. `;
}

function describePartner(
  { partner, words }: Extract<CallState, { phase: 'live' }>,
  ownName: string,
): string {
  const known =
    partner.known === 'same' ? 'with the same identity as before' : 'for the first time';
  const notes = resemblanceNotes(partner, ownName).map((note) => `\n${note}`);
  return `${partner.name} is here, ${known}.${notes.join('')}\nNobody is in between if both sides show these words: ${words.join(' ')}`;
}

function describeRoute({ connections, cipher }: Extract<CallState, { phase: 'live' }>): string {
  return connections === 2
    ? `Sealed with ${cipher}, one connection each way.`
    : `Sealed with ${cipher}. One connection carries both ways: a firewall keeps the second one out.`;
}
