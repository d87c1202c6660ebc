import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command, Option } from 'commander';
import { beforeAll, describe, expect, test } from 'vitest';
import { createProgram } from '../src/program.js';

let program: Command;
let page: string;

beforeAll(async () => {
  program = await createProgram([], () => () => Promise.resolve());
  page = await readFile(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8');
});

/** The code in the first column of all tables whose first column has this title. */
function listed(title: string): string[] {
  const tables = page.matchAll(/(?:^\|.*\n)+/gm);
  return Array.from(tables, ([table]) => table)
    .filter((table) => table.startsWith(`| ${title} `))
    .flatMap((table) => Array.from(table.matchAll(/^\| (`.*?`) +\|/gm), ([, cell = '']) => cell))
    .flatMap((cell) => Array.from(cell.matchAll(/`([^`]+)`/g), ([, code = '']) => code))
    .sort();
}

/** `<path>` as the page writes it: `PATH`. */
function placeholder(name: string): string {
  return /^[a-z]+$/.test(name) ? name.toUpperCase() : name;
}

function withValue({ long, flags }: Option): string {
  const [, name] = /<(.*)>/.exec(flags) ?? [];
  return name === undefined ? String(long) : `${String(long)} ${placeholder(name)}`;
}

/** Each command with its arguments and required options, and each of its other options. */
function usages(command: Command, path: readonly string[] = []): string[] {
  if (command.commands.length > 0) {
    return command.commands.flatMap((child) => usages(child, [...path, child.name()]));
  }
  const given = command.registeredArguments.map((argument) => {
    const name = placeholder(argument.name());
    return argument.required ? name : `[${name}]`;
  });
  const isRequired = ({ mandatory }: Option): boolean => mandatory;
  const required = command.options.filter(isRequired).map(withValue);
  const others = command.options.filter((option) => !isRequired(option)).map(withValue);
  return [
    [...path, ...given, ...required].join(' '),
    ...others.map((option) => [...path, option].join(' ')),
  ];
}

describe('docs/cli.md', () => {
  test('lists every command, argument and option, and no other', () => {
    expect(listed('command')).toEqual(usages(program).sort());
  });

  test('lists the options that every command takes', () => {
    const options = program.createHelp().visibleOptions(program).map(withValue);
    expect(listed('option')).toEqual(options.sort());
  });

  test('lists every form of --camera', () => {
    const camera = program.commands
      .find((command) => command.name() === 'join')
      ?.options.find(({ long }) => long === '--camera');
    expect(listed('CAMERA')).toEqual(camera?.description.split(/, | or /).sort());
  });
});
