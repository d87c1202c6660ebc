import { createInterface, type Interface } from 'node:readline';
import { fingerprint, resemblanceNotes, type Call, type Knock } from '@roomkey/core/host';
import type { Output } from '../output.js';

/**
 * What is typed within this time after a question was meant for something else, ms: no one reads a name
 * and decides sooner. The terminal keeps what was typed while nothing was asked.
 */
const READING_MS = 500;

/** The terminal of the room's owner. */
export interface KnockTerminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** Shows what is typed. */
  readonly echo: NodeJS.WritableStream;
}

/** What `answerKnocks` needs. */
export interface AnswerOptions {
  readonly terminal: KnockTerminal;
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
export function answerKnocks(
  call: Call,
  { terminal: { input, echo }, output, now }: AnswerOptions,
): () => void {
  let lines: Interface | undefined;
  let asked: Knock | undefined;
  /** When the question was printed, or answered too early. */
  let shownAt = -Infinity;
  let isInputOver = false;
  let discarding: NodeJS.Timeout | undefined;

  const stop = (): void => {
    clearTimeout(discarding);
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
    // At a real terminal keys are read one by one, so that half a line can be discarded.
    const isTerminal = input.isTTY === true;
    lines ??= createInterface({ input, output: echo, terminal: isTerminal, prompt: '' })
      .on('line', answer)
      .on('close', onInputEnd)
      // It sends no signal on Ctrl-C then.
      .on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    clearTimeout(discarding);
    discarding = setTimeout(discardLine, READING_MS);
    discardLine();
  };
  /** Deletes what stands in the line and was typed before its question was read. */
  const discardLine = (): void => {
    if (input.isTTY === true) lines?.write(null, { ctrl: true, name: 'u' });
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
