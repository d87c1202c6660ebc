import { createInterface, type Interface } from 'node:readline';
import { fingerprint, resemblanceNotes, type Call, type Knock } from '@roomkey/core/host';
import type { Output } from '../output.js';

/**
 * An answer within this time after the last question ended was meant for that one, ms: no one reads a
 * name and decides sooner.
 */
const READING_MS = 500;

/** What `answerKnocks` needs. */
export interface AnswerOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: Output;
  /** Monotonic clock, ms. */
  readonly now: () => number;
}

/**
 * Asks at the terminal about each guest who waits to be let in, one after another. Reads the input only
 * while there is a question: a program in the background that reads from its terminal is stopped.
 *
 * @returns a function that stops asking
 */
export function answerKnocks(call: Call, { input, output, now }: AnswerOptions): () => void {
  let lines: Interface | undefined;
  let asked: Knock | undefined;
  /** When the last question was answered, or its guest went away. */
  let endedAt = -Infinity;

  const stop = (): void => {
    lines?.close();
    lines = undefined;
  };
  const ask = (knock: Knock): void => {
    asked = knock;
    output.note(describeKnock(knock, call.room.account.name));
    lines ??= createInterface({ input, terminal: false }).on('line', answer);
  };
  const answer = (line: string): void => {
    if (asked === undefined) return;
    const { id, name } = asked;
    const isEarly = now() - endedAt < READING_MS;
    const decision = isEarly ? undefined : decisionOf(line);
    endedAt = decision === undefined ? -Infinity : now();
    if (decision === undefined) {
      output.note(`Let ${name} in? y or n:`);
      return;
    }
    // The event that follows is no sign that this guest went away.
    asked = undefined;
    void (decision ? call.letIn(id) : call.decline(id));
  };
  const onKnocks = ([first]: readonly Knock[]): void => {
    if (first?.id === asked?.id) return;
    if (asked !== undefined) {
      output.note(`${asked.name} is gone.`);
      endedAt = now();
      asked = undefined;
    }
    if (first === undefined) stop();
    else ask(first);
  };
  const unsubscribe = call.on('knocks', onKnocks);
  return () => {
    unsubscribe();
    stop();
  };
}

function describeKnock(knock: Knock, ownName: string): string {
  const { name, identity, known } = knock;
  const met = known === 'same' ? 'met before' : `not met before; ${fingerprint(identity)}`;
  const notes = resemblanceNotes(knock, ownName).map((note) => `\n${note}`);
  return `${name} wants to join (${met}).${notes.join('')}\nLet ${name} in? y or n:`;
}

/** @returns undefined where it is neither */
function decisionOf(line: string): boolean | undefined {
  switch (line.trim().toLowerCase()) {
    case 'y':
    case 'yes':
      return true;
    case 'n':
    case 'no':
      return false;
    default:
      return undefined;
  }
}
