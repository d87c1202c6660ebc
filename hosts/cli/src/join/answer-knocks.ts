import { createInterface, type Interface } from 'node:readline';
import { fingerprint, resemblanceNotes, type Call, type Knock } from '@roomkey/core/host';
import type { Output } from '../output.js';

/**
 * An answer within this time after its question was typed before it, ms: no one reads a name and
 * decides sooner. The terminal keeps lines that were typed while nothing was asked.
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
  /** When the question was printed, or answered too early. */
  let shownAt = -Infinity;
  let isInputOver = false;

  const stop = (): void => {
    const open = lines;
    lines = undefined;
    open?.close();
  };
  const onInputEnd = (): void => {
    // `stop` closed it.
    if (lines === undefined) return;
    lines = undefined;
    isInputOver = true;
    output.note('The terminal’s input has ended: no one else can be let in.');
    declineAll(call.knocks);
  };
  const declineAll = (knocks: readonly Knock[]): void => {
    asked = undefined;
    for (const { id } of knocks) void call.decline(id);
  };
  const ask = (knock: Knock): void => {
    asked = knock;
    shownAt = now();
    output.note(describeKnock(knock, call.room.account.name));
    lines ??= createInterface({ input, terminal: false })
      .on('line', answer)
      .on('close', onInputEnd);
  };
  const answer = (line: string): void => {
    if (asked === undefined) return;
    const { id, name } = asked;
    const isEarly = now() - shownAt < READING_MS;
    const decision = isEarly ? undefined : decisionOf(line);
    if (decision === undefined) {
      // Of pasted lines, none is an answer.
      if (isEarly) shownAt = now();
      output.note(`Let ${name} in? y or n:`);
      return;
    }
    // The event that follows is no sign that this guest went away.
    asked = undefined;
    void (decision ? call.letIn(id) : call.decline(id));
  };
  const onKnocks = (knocks: readonly Knock[]): void => {
    const [first] = knocks;
    if (isInputOver) declineAll(knocks);
    else if (first === undefined || first.id !== asked?.id) {
      if (asked !== undefined) output.note(`${asked.name} is gone.`);
      asked = undefined;
      if (first === undefined) stop();
      else ask(first);
    }
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
