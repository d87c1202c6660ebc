import { basename, resolve } from 'node:path';
import { expandHome, RoomkeyError, type AudioDevice } from '@roomkey/core';
import { splitWords } from './split-words.js';

/** What a device name refers to. */
export type NamedDevice =
  | { readonly kind: 'none' }
  | { readonly kind: 'tone'; readonly hz: number }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'command'; readonly program: string; readonly args: readonly string[] };

/** The pitch of `tone`, Hz. */
const TONE_HZ = 1000;
const TONE_RANGE = [50, 8000] as const;

/** The devices that are there on every computer. */
export const builtInInputs: readonly AudioDevice[] = [
  { id: 'tone', label: 'Test tone' },
  { id: 'none', label: 'No microphone' },
];
export const builtInOutputs: readonly AudioDevice[] = [{ id: 'none', label: 'No loudspeaker' }];

/** The configured device, which is the default, and after it those that are there in any case. */
export function listDevices(
  configured: string,
  builtIn: readonly AudioDevice[],
): readonly AudioDevice[] {
  const known = builtIn.find(({ id }) => id === configured);
  const others = builtIn.filter((device) => device !== known);
  return [known ?? { id: configured, label: labelOf(configured) }, ...others];
}

/** A name for people; the arguments of a program may hold a password. */
function labelOf(name: string): string {
  const [, kind, rest = ''] = /^([a-z]+):(.*)$/s.exec(name) ?? [];
  if (kind === 'file') return basename(rest);
  if (kind === 'tone') return `Test tone, ${rest} Hz`;
  return basename(splitWords(rest)?.[0] ?? 'Program') || 'Program';
}

/**
 * Parses the name of a microphone: `none`, `tone`, `tone:HZ`, `file:PATH` or `command:PROGRAM …`.
 *
 * @param base base folder of relative paths
 * @throws RoomkeyError `RK_AUDIO_NOT_FOUND` for anything else
 */
export function parseInput(name: string, base: string): NamedDevice {
  const hz = /^tone(?::(\d+))?$/.exec(name);
  if (hz === null) return parseDevice(name, base, 'none, tone, file:PATH.wav or command:PROGRAM');
  const pitch = Number(hz[1] ?? TONE_HZ);
  const [least, most] = TONE_RANGE;
  if (pitch >= least && pitch <= most) return { kind: 'tone', hz: pitch };
  throw notFound(`A test tone has ${least} to ${most} Hz, not ${pitch}.`);
}

/**
 * Parses the name of a loudspeaker: `none`, `file:PATH` or `command:PROGRAM …`.
 *
 * @throws RoomkeyError `RK_AUDIO_NOT_FOUND` for anything else
 */
export function parseOutput(name: string, base: string): NamedDevice {
  return parseDevice(name, base, 'none, file:PATH.wav or command:PROGRAM');
}

function parseDevice(name: string, base: string, allowed: string): NamedDevice {
  if (name === 'none') return { kind: 'none' };
  if (name.includes('\0')) {
    throw notFound('The name of a sound device has a NUL character. Type the name again.');
  }
  const [, kind, rest = ''] = /^(file|command):(.+)$/s.exec(name) ?? [];
  if (kind === 'file') return { kind, path: resolve(base, expandHome(rest)) };
  if (kind !== 'command') {
    throw notFound(`‘${name}’ is not a sound device that Roomkey knows. Give ${allowed}.`);
  }
  const words = splitWords(rest);
  if (words === undefined) {
    throw notFound('A quote in the command of a sound device is not closed. Add the closing one.');
  }
  const [program, ...args] = words;
  if (program === undefined || program === '') {
    throw notFound('The command of a sound device is empty. Give a program after command:.');
  }
  return { kind, program, args };
}

function notFound(message: string): RoomkeyError {
  return new RoomkeyError('RK_AUDIO_NOT_FOUND', message);
}
