import { RoomkeyError, type ErrorCode } from '@roomkey/core';
import { DEFAULT, type FromPage, type OpenFailure } from './messages.js';

/** One end of sound; `screen`: the sound of the shared screen. */
export type End = 'input' | 'screen' | 'output';

const nouns: Readonly<Record<End, string>> = {
  input: 'microphone',
  screen: 'sound of the screen',
  output: 'loudspeaker',
};

/** A device was opened without a page. */
export function noWindow(): RoomkeyError {
  return new RoomkeyError(
    'RK_AUDIO_NOT_FOUND',
    'Microphone and loudspeaker belong to Roomkey’s window, and no window is open. Open it, then start them.',
  );
}

/** The page is gone, or another one became active. */
export function windowGone(end: End): RoomkeyError {
  return new RoomkeyError(
    'RK_AUDIO_LOST',
    `The window that had the ${nouns[end]} was closed, loaded again, or left to another one. Start the ${nouns[end]} again in the window that is open now.`,
  );
}

/** The page did not list its devices in time. @param limit ms */
export function noList(limit: number): RoomkeyError {
  return new RoomkeyError(
    'RK_PLUGIN_TIMEOUT',
    `The window did not say within ${limit / 1000} s which microphones and loudspeakers there are. Close it and open Roomkey again.`,
    { plugin: '@roomkey/audio-browser' },
  );
}

/**
 * Converts the failure to open a device (W3C Media Capture and Streams, `getUserMedia`; Web Audio,
 * `setSinkId`). The sentences hold in a tab, in an app window without an address bar, and in Electron,
 * which asks nothing.
 */
export function openFailure(
  end: End,
  failure: OpenFailure,
  deviceId: string | undefined,
): RoomkeyError {
  const sentence = FAILURES[end].get(failure.name);
  const [code, message] = (sentence ?? (end === 'screen' ? screenFailed : failed))(
    nouns[end],
    deviceId,
  );
  // The browser's message is localized and meant for developers: only a cause.
  return new RoomkeyError(code, message, {
    cause: new Error(`${failure.name}: ${failure.message}`),
  });
}

/** Converts the loss of an open device. */
export function deviceLost(
  end: End,
  { reason, message }: Extract<FromPage, { kind: 'lost' }>,
): RoomkeyError {
  if (reason === 'broken') return pageBroken(end, message);
  return new RoomkeyError('RK_AUDIO_LOST', LOSSES[end]);
}

const LOSSES: Readonly<Record<End, string>> = {
  input:
    'The microphone was unplugged, or its permission was taken back. Connect it, then start it again.',
  screen: 'The sound of your screen stopped. Share the screen again to send it.',
  output: 'The loudspeaker was unplugged. Connect it again, or choose another one.',
};

/** The page side broke the protocol, or failed. */
export function pageBroken(end: End, message: string): RoomkeyError {
  return new RoomkeyError(
    'RK_AUDIO_LOST',
    `The window could not go on with the ${nouns[end]}. Start it again; if that does not help, close the window and open Roomkey again.`,
    { cause: new Error(message) },
  );
}

type Sentence = (noun: string, deviceId: string | undefined) => [ErrorCode, string];

const failed: Sentence = (noun) => [
  'RK_AUDIO_FAILED',
  `The ${noun} couldn’t be turned on. Try again, or choose another ${noun}.`,
];
const denied: Sentence = (noun) => [
  'RK_AUDIO_DENIED',
  `The ${noun} may not be used here. Start it again, and allow it when you are asked. If nothing asks, permit it in the system’s privacy settings, and in the browser’s site settings if Roomkey runs in a browser.`,
];
const missing: Sentence = (noun, deviceId) => [
  'RK_AUDIO_NOT_FOUND',
  deviceId === undefined || deviceId === DEFAULT
    ? `There is no ${noun} here. Connect one.`
    : `There is no ${noun} ‘${deviceId}’ here. Connect it, or choose another one.`,
];
const busy: Sentence = (noun) => [
  'RK_AUDIO_BUSY',
  `The ${noun} does not start. If another program has it, close that program, then start the ${noun} again. Otherwise connect it again, or choose another one.`,
];
const unsupported: Sentence = (noun) => [
  'RK_AUDIO_DENIED',
  `This browser gives pages no ${noun} for calls. Open Roomkey in Chromium, Chrome or Edge.`,
];

const OUTPUT_FAILURES = new Map<string, Sentence>([
  ['NotAllowedError', denied],
  ['SecurityError', denied],
  ['NotFoundError', missing],
  ['NotSupportedError', unsupported],
]);

const INPUT_FAILURES = new Map<string, Sentence>([
  ...OUTPUT_FAILURES,
  ['OverconstrainedError', missing],
  ['NotReadableError', busy],
  ['AbortError', busy],
  [
    'NoSound',
    () => [
      'RK_AUDIO_FAILED',
      'The microphone opens and gives no sound. Connect it again, or choose another one.',
    ],
  ],
]);

const screenFailed: Sentence = () => [
  'RK_AUDIO_FAILED',
  'The sound of your screen couldn’t be shared. Share the screen again.',
];
const SCREEN_FAILURES = new Map<string, Sentence>([
  [
    'NotFoundError',
    () => ['RK_AUDIO_NOT_FOUND', 'No screen is shared with its sound. Share one, and its sound.'],
  ],
]);

const FAILURES: Readonly<Record<End, ReadonlyMap<string, Sentence>>> = {
  input: INPUT_FAILURES,
  screen: SCREEN_FAILURES,
  output: OUTPUT_FAILURES,
};
