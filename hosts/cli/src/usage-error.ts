import type { Command, CommanderError } from 'commander';
import { UsageError } from './failure.js';

/** An unknown option that was meant for a password: `-p`, `--pass`, `--pw`, `--room-password`. */
const PASSWORD_OPTION = /^(-p|--(?:[a-z]+-)*(?:pass(?:word|phrase)?|pw))/i;
const FROM_STDIN = '--password-stdin';

/**
 * Makes a usage error of commander's error: with the command's own help, and never with the value of
 * an unknown option, which can be a password.
 *
 * @param args the arguments of the program
 */
export function usageError(
  { code, message }: CommanderError,
  command: Command,
  args: readonly string[],
): UsageError {
  // Commander has already printed the help; its own message is "(outputHelp)".
  if (code === 'commander.help') return new UsageError('Name a command.');
  const sentence = withoutValue(message.replace(/^error: /, '').replace('\n', ' '));
  const hint = isPasswordGiven(code, command, args) ? passwordHint(command) : '';
  return new UsageError(
    `${sentence.replace(/[^.?)]$/, '$&.')}${hint} See: ${path(command)} --help.`,
  );
}

/** `unknown option '--password=secret'` without the value. */
function withoutValue(sentence: string): string {
  return sentence.replace(/^(unknown option ')([^]*)'/, (_all, start: string, option: string) => {
    const [name = ''] = PASSWORD_OPTION.exec(option) ?? option.split('=');
    return `${start}${name}'`;
  });
}

function isPasswordGiven(code: string, command: Command, args: readonly string[]): boolean {
  switch (code) {
    case 'commander.unknownOption':
      return args.some((one) => !hasOption(command, one) && PASSWORD_OPTION.test(one));
    case 'commander.excessArguments':
      return command.name() === 'password' || args.includes('--password');
    default:
      return false;
  }
}

function passwordHint(command: Command): string {
  const never =
    ' A password is never an argument, because other users of the computer can see those';
  if (hasOption(command, FROM_STDIN)) {
    const variable = command.name() === 'join' ? 'ROOMKEY_ROOM_PASSWORD' : 'ROOMKEY_PASSWORD';
    return `${never}: Roomkey asks for it, or reads ${variable} or ${FROM_STDIN}.`;
  }
  if (hasOption(command, '--password')) return `${never}: you choose it when you open the room.`;
  return '';
}

function hasOption(command: Command, name: string): boolean {
  return command.options.some(({ long }) => long === name);
}

/** `roomkey account login`. */
function path(command: Command): string {
  const { parent } = command;
  return parent === null ? command.name() : `${path(parent)} ${command.name()}`;
}
