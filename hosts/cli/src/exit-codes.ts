import type { ErrorCode } from '@roomkey/core/host';

/** The exit codes; docs/cli.md lists the same. */
export const ExitCode = {
  ok: 0,
  /** A bug, a full disk, or a damaged store. */
  unexpected: 1,
  /** An invalid command line. */
  usage: 2,
  /** An error of the configuration, or of a plugin or device that it names. */
  setup: 3,
  /** Wrong password, signed out, not the owner, identity changed. */
  refused: 4,
  /** No such room, person, camera, microphone, browser or file. */
  notFound: 5,
  /** The network or the other side. */
  network: 6,
  /** The owner left and did not come back in time. */
  gone: 7,
  /** Ctrl-C, or the signal SIGTERM. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

const { unexpected, usage, setup, refused, notFound, network, gone } = ExitCode;

/** Every error code's exit code; the type checks that none is missing. */
export const exitCodes: Readonly<Record<ErrorCode, ExitCode>> = {
  RK_CONFIG_NOT_FOUND: setup,
  RK_CONFIG_INVALID: setup,
  RK_CONFIG_IGNORED: setup,
  RK_CONFIG_SOURCE: setup,
  RK_CONFIG_ENV_MISSING: setup,
  RK_CONFIG_EXISTS: setup,
  RK_FILE_EXPOSED: setup,
  RK_FILE_UNTRUSTED: setup,
  RK_PLUGIN_NOT_FOUND: setup,
  RK_PLUGIN_INVALID: setup,
  RK_PLUGIN_API: setup,
  RK_PLUGIN_UNAVAILABLE: setup,
  RK_PLUGIN_TIMEOUT: setup,
  RK_PLUGIN_FAILED: setup,
  RK_PLUGIN_UNDECLARED: setup,
  RK_CLOSED: unexpected,
  RK_STORAGE_EXISTS: unexpected,
  RK_STORAGE_CONFLICT: unexpected,
  RK_STORAGE_IO: unexpected,
  RK_STORAGE_EXPOSED: setup,
  RK_STORAGE_DAMAGED: unexpected,
  RK_TRANSPORT_LISTEN: network,
  RK_TRANSPORT_UNREACHABLE: network,
  RK_TRANSPORT_BROKEN: network,
  RK_TRANSPORT_MESSAGE_TOO_LARGE: network,
  RK_DISCOVERY_FAILED: network,
  RK_CIPHER_FORGED: unexpected,
  RK_CAMERA_NOT_FOUND: notFound,
  RK_CAMERA_BUSY: setup,
  RK_CAMERA_DENIED: setup,
  RK_CAMERA_FAILED: setup,
  RK_CAMERA_LOST: setup,
  RK_AUDIO_NOT_FOUND: notFound,
  RK_AUDIO_BUSY: setup,
  RK_AUDIO_DENIED: setup,
  RK_AUDIO_FAILED: setup,
  RK_AUDIO_LOST: setup,
  RK_HANDSHAKE_FAILED: refused,
  RK_HANDSHAKE_VERSION: network,
  RK_HANDSHAKE_BUSY: network,
  RK_HANDSHAKE_TIMEOUT: network,
  RK_PASSWORD_GUESSED: refused,
  RK_ROOM_FULL: network,
  RK_ROOM_DECLINED: refused,
  RK_RECORD_INVALID: network,
  RK_BEACON_INVALID: network,
  RK_ENDPOINT_INVALID: network,
  RK_DIRECTORY_INVITE_INVALID: usage,
  RK_ACCOUNT_EXISTS: refused,
  RK_ACCOUNT_NAME_INVALID: usage,
  RK_ACCOUNT_PASSWORD_INVALID: usage,
  RK_ACCOUNT_REFUSED: refused,
  RK_ACCOUNT_THROTTLED: refused,
  RK_ACCOUNT_CHANGED: refused,
  RK_ACCOUNT_SIGNED_OUT: refused,
  RK_ACCOUNT_DAMAGED: unexpected,
  RK_ACCOUNT_REPLACED: refused,
  RK_IMPORT_NOT_FOUND: notFound,
  RK_IMPORT_INVALID: usage,
  RK_ROOM_EXISTS: refused,
  RK_ROOM_NAME_INVALID: usage,
  RK_ROOM_NOT_FOUND: notFound,
  RK_ROOM_NOT_OPEN: gone,
  RK_ROOM_AMBIGUOUS: usage,
  RK_ROOM_NOT_OWNER: refused,
  RK_ROOM_PASSWORD_REQUIRED: refused,
  RK_ROOM_PASSWORD_UNEXPECTED: refused,
  RK_ROOM_PASSWORD_CHANGED: refused,
  RK_BROWSER_NOT_FOUND: notFound,
  RK_CALL_OPEN: usage,
  RK_IDENTITY_MISMATCH: refused,
  RK_IDENTITY_UNACCEPTED: refused,
  RK_IDENTITY_UNKNOWN: notFound,
};
