import type { Resemblance } from '@roomkey/core/host';
import type { Command } from 'commander';
import type { CommandContext, Run } from '../context.js';
import { table } from '../output.js';

export function definePeople(program: Command, run: Run): void {
  const people = program.command('people').description('the people you have met');
  people.command('list').description('list the people you have met').action(run(list));
  people
    .command('accept <name> [fingerprint]')
    .description('accept the changed identity of someone you have met')
    .action(run(accept));
  people
    .command('forget <name>')
    .description('forget a person: the next one of this name counts as new')
    .action(run(forget));
}

async function open(context: CommandContext) {
  const roomkey = await context.open(['storage']);
  return roomkey.people(await roomkey.accounts.require({ signal: context.signal }));
}

async function list(context: CommandContext): Promise<void> {
  const people = await (await open(context)).list();
  const rows = people.flatMap(({ name, accepted, pending, ...resemblance }) => [
    ...accepted.map((fingerprint) => [name, fingerprint, `known${resembling(resemblance)}`]),
    ...pending.map((fingerprint) => [name, fingerprint, 'refused until you accept it']),
  ]);
  context.output.result(
    { people },
    rows.length === 0 ? 'You haven’t met anyone yet.' : table(rows),
  );
}

/** The other names of a person, and similar names. */
function resembling({ alsoKnownAs = [], looksLike = [] }: Resemblance): string {
  return [
    ...alsoKnownAs.map((name) => `, also as ${name}`),
    ...looksLike.map((name) => `, looks like ${name}`),
  ].join('');
}

async function accept(
  context: CommandContext,
  name: string,
  fingerprint: string | undefined,
): Promise<void> {
  const accepted = await (await open(context)).accept(name, fingerprint);
  context.output.result({ name, fingerprint: accepted }, `${name} is now known as ${accepted}.`);
}

async function forget(context: CommandContext, name: string): Promise<void> {
  await (await open(context)).forget(name);
  context.output.result({ name }, `Forgot ${name}.`);
}
