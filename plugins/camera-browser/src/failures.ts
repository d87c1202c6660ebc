import { RoomkeyError, type ErrorCode } from '@roomkey/core';
import { SCREEN, type FromPage, type OpenFailure } from './messages.js';

/** A camera was opened without a page. */
export function noWindow(): RoomkeyError {
  return new RoomkeyError(
    'RK_CAMERA_NOT_FOUND',
    'The camera belongs to Roomkey’s window, and no window is open. Open it, then start the camera.',
  );
}

/** The page is gone, or another one became active. */
export function windowGone(): RoomkeyError {
  return new RoomkeyError(
    'RK_CAMERA_LOST',
    'The window that had the camera was closed, loaded again, or left to another one. Start the camera again in the window that is open now.',
  );
}

/** The page did not list its devices in time. @param limit ms */
export function noList(limit: number): RoomkeyError {
  return new RoomkeyError(
    'RK_PLUGIN_TIMEOUT',
    `The window did not say within ${limit / 1000} s which cameras there are. Close it and open Roomkey again.`,
    { plugin: '@roomkey/camera-browser' },
  );
}

/**
 * Converts the failure to open a device (W3C Media Capture and Streams, `getUserMedia`). The
 * sentences hold in a tab, in an app window without an address bar, and in Electron, which asks
 * nothing.
 */
export function openFailure(failure: OpenFailure, deviceId: string | undefined): RoomkeyError {
  const known = (deviceId === SCREEN ? SCREEN_FAILURES : CAMERA_FAILURES).get(failure.name);
  const [code, message] = (known ?? (deviceId === SCREEN ? screenFailed : cameraFailed))(deviceId);
  // The browser's message is localized and meant for developers: only a cause.
  return new RoomkeyError(code, message, {
    cause: new Error(`${failure.name}: ${failure.message}`),
  });
}

/** Converts the loss of an open device. */
export function deviceLost(
  { reason, message }: Extract<FromPage, { kind: 'lost' }>,
  deviceId: string | undefined,
): RoomkeyError {
  if (reason === 'broken') return captureBroken(message);
  return new RoomkeyError(
    'RK_CAMERA_LOST',
    deviceId === SCREEN
      ? 'The screen is no longer shared. Start it again to share it.'
      : 'The camera was unplugged, or its permission was taken back. Connect it, then start it again.',
  );
}

/** The page side broke the protocol. */
export function captureBroken(message: string): RoomkeyError {
  return new RoomkeyError(
    'RK_CAMERA_LOST',
    'The window could not capture any further. Start the camera again; if that does not help, close the window and open Roomkey again.',
    { cause: new Error(message) },
  );
}

type Sentence = (deviceId: string | undefined) => [ErrorCode, string];

const cameraDenied: Sentence = () => [
  'RK_CAMERA_DENIED',
  'The camera may not be used here. Start it again, and allow it when you are asked. If nothing asks, permit it in the system’s privacy settings, and in the browser’s site settings if Roomkey runs in a browser.',
];
const cameraNotFound: Sentence = (deviceId) => [
  'RK_CAMERA_NOT_FOUND',
  deviceId === undefined
    ? 'There is no camera here. Connect one, or share the screen.'
    : `There is no camera ‘${deviceId}’ here. Connect it, or choose another one.`,
];
const cameraBusy: Sentence = () => [
  'RK_CAMERA_BUSY',
  'The camera does not start. If another program has it, close that program, then start the camera again. Otherwise connect it again, or choose another one.',
];

const cameraFailed: Sentence = () => [
  'RK_CAMERA_FAILED',
  'The camera couldn’t be turned on. Try again, or choose another camera.',
];
const unsupported: Sentence = () => [
  'RK_CAMERA_DENIED',
  'This browser gives pages no camera and no screen. Open Roomkey in another browser.',
];

const CAMERA_FAILURES = new Map<string, Sentence>([
  ['NotAllowedError', cameraDenied],
  ['SecurityError', cameraDenied],
  ['NotFoundError', cameraNotFound],
  ['OverconstrainedError', cameraNotFound],
  ['NotReadableError', cameraBusy],
  ['AbortError', cameraBusy],
  ['NotSupportedError', unsupported],
  [
    'NoPicture',
    () => [
      'RK_CAMERA_FAILED',
      'The camera opens and gives no picture. Take off its cover, connect it again, or choose another one.',
    ],
  ],
]);

const screenDenied: Sentence = () => [
  'RK_CAMERA_DENIED',
  'The screen is not shared, since none was chosen or the system does not permit it. Share it again, and choose a screen, a window or a tab.',
];

const screenFailed: Sentence = () => [
  'RK_CAMERA_FAILED',
  'The screen couldn’t be shared. Try again, or choose another screen or window.',
];

const SCREEN_FAILURES = new Map<string, Sentence>([
  ['NotAllowedError', screenDenied],
  ['SecurityError', screenDenied],
  ['NotSupportedError', unsupported],
  [
    'InvalidStateError',
    () => [
      'RK_CAMERA_DENIED',
      'A screen can be chosen only right after a click. Start again with the button.',
    ],
  ],
  [
    'NotFoundError',
    () => ['RK_CAMERA_NOT_FOUND', 'There is no screen here that can be shared. Choose a camera.'],
  ],
  [
    'NotReadableError',
    () => [
      'RK_CAMERA_BUSY',
      'The system does not give this screen away. Start again and choose another screen or window.',
    ],
  ],
  [
    'AbortError',
    () => [
      'RK_CAMERA_BUSY',
      'The system could not start to share the screen. Start again, or choose another one.',
    ],
  ],
  [
    'NoPicture',
    () => [
      'RK_CAMERA_FAILED',
      'The screen that was chosen gives no picture. Start again and choose another screen or window.',
    ],
  ],
]);
