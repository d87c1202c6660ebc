/**
 * Every error code and its meaning. `docs/errors.md` lists the same; a test compares them. Match
 * errors by `code`, never by message or `instanceof`.
 */
export const errorCodes = {
  RK_CONFIG_NOT_FOUND: 'The named configuration file does not exist.',
  RK_CONFIG_EXISTS: 'A configuration file already exists; it was not changed.',
  RK_CONFIG_INVALID: 'The configuration cannot be read, or contains an invalid value.',
  RK_CONFIG_IGNORED: 'A setting in the configuration has no effect.',
  RK_CONFIG_SOURCE:
    'Settings come from the folder in which Roomkey was started, or from another user.',
  RK_CONFIG_ENV_MISSING: 'The configuration refers to an environment variable that is not set.',
  RK_FILE_EXPOSED: 'Other users of this computer could read one of your secrets.',
  RK_FILE_UNTRUSTED: 'Other users of this computer could change what Roomkey runs or obeys.',

  RK_PLUGIN_NOT_FOUND: 'A plugin named in the configuration cannot be loaded.',
  RK_PLUGIN_INVALID: 'The loaded module is not a Roomkey plugin, or not of the required kind.',
  RK_PLUGIN_API: 'The plugin was written for a different version of the plugin API.',
  RK_PLUGIN_UNAVAILABLE: 'The plugin cannot work here: something it needs is missing.',
  RK_PLUGIN_TIMEOUT: 'The plugin did not finish a step in time.',
  RK_PLUGIN_FAILED: 'The plugin failed with an undeclared error.',
  RK_PLUGIN_UNDECLARED: 'The plugin asked for a service that is not in its `requires`.',

  RK_CLOSED: 'It was closed and can no longer be used.',

  RK_STORAGE_EXISTS: 'A document with this id already exists.',
  RK_STORAGE_CONFLICT: 'Someone else changed or removed the document meanwhile.',
  RK_STORAGE_IO: 'The store cannot be reached, read or written.',
  RK_STORAGE_EXPOSED: 'Others on the network can read what is stored, or pose as the store.',
  RK_STORAGE_DAMAGED: 'The stored data is damaged; nothing was overwritten.',

  RK_TRANSPORT_LISTEN: 'No port is available to listen on.',
  RK_TRANSPORT_UNREACHABLE: 'No one answers at this address.',
  RK_TRANSPORT_BROKEN: 'The connection was cut.',
  RK_TRANSPORT_MESSAGE_TOO_LARGE: 'The peer sent a message that is too long.',

  RK_DISCOVERY_FAILED: 'Rooms can be neither announced nor found on this network.',

  RK_CIPHER_FORGED: 'The data was sealed with a different key, or changed since.',

  RK_CAMERA_NOT_FOUND: 'There is no such camera or file.',
  RK_CAMERA_BUSY: 'Another program is using the camera.',
  RK_CAMERA_DENIED: 'The system does not allow the use of the camera.',
  RK_CAMERA_FAILED: 'The camera opened but delivered no picture.',
  RK_CAMERA_LOST: 'The camera was disconnected.',

  RK_AUDIO_NOT_FOUND: 'There is no such microphone, loudspeaker or file.',
  RK_AUDIO_BUSY: 'Another program is using the microphone or the loudspeaker.',
  RK_AUDIO_DENIED: 'The system does not allow the use of the microphone or the loudspeaker.',
  RK_AUDIO_FAILED: 'The microphone or the loudspeaker did not start.',
  RK_AUDIO_LOST: 'The microphone or the loudspeaker was disconnected.',

  RK_HANDSHAKE_FAILED:
    'The other side could not be verified; a wrong password has the same effect.',
  RK_HANDSHAKE_VERSION: 'The two sides have no protocol version, cipher or room mode in common.',
  RK_HANDSHAKE_BUSY: 'The other side has too many callers, or was sent too many wrong passwords.',
  RK_HANDSHAKE_TIMEOUT: 'The other side did not answer in time.',
  RK_PASSWORD_GUESSED: 'Someone answers for the host but does not know the room’s password.',
  RK_ROOM_FULL: 'Someone else is in the room, or too many people ask to join.',
  RK_ROOM_DECLINED: 'The host did not let the guest in.',
  RK_RECORD_INVALID: 'A record was changed, repeated, reordered or malformed; the call was cut.',
  RK_BEACON_INVALID: 'A beacon is malformed or not signed by its host.',
  RK_ENDPOINT_INVALID: 'A stored endpoint is forged, expired, or sealed for a different directory.',
  RK_DIRECTORY_INVITE_INVALID: 'The text is not an invite to a directory.',

  RK_ACCOUNT_EXISTS: 'An account with this name already exists.',
  RK_ACCOUNT_NAME_INVALID: 'The account name is not allowed.',
  RK_ACCOUNT_PASSWORD_INVALID: 'The password is not allowed for an account.',
  RK_ACCOUNT_REFUSED: 'The name or the password is wrong.',
  RK_ACCOUNT_THROTTLED: 'Too many failed attempts; the account is locked for a while.',
  RK_ACCOUNT_CHANGED: 'Someone else changed the account at the same time.',
  RK_ACCOUNT_SIGNED_OUT: 'No one is signed in.',
  RK_ACCOUNT_DAMAGED: 'The stored account is damaged; it was not changed.',
  RK_ACCOUNT_REPLACED: 'The account’s identity differs from the one used here before.',
  RK_IMPORT_NOT_FOUND: 'The file of users to import does not exist.',
  RK_IMPORT_INVALID: 'The file of users to import is invalid; nothing was imported.',

  RK_ROOM_NAME_INVALID: 'The room name is not allowed.',
  RK_ROOM_EXISTS: 'The account already has a room with this name.',
  RK_ROOM_NOT_FOUND: 'No such room is stored, open on this network, or remembered as visited.',
  RK_ROOM_NOT_OPEN: 'The room is not open: its owner left and did not come back in time.',
  RK_ROOM_AMBIGUOUS: 'Several rooms have this name.',
  RK_ROOM_NOT_OWNER: 'Only the owner of the room can do this.',
  RK_ROOM_PASSWORD_REQUIRED: 'The room has a password, and none was given.',
  RK_ROOM_PASSWORD_UNEXPECTED: 'A password was given for a room that has none.',
  RK_ROOM_PASSWORD_CHANGED: 'The owner entered a different password than last time.',
  RK_BROWSER_NOT_FOUND: 'The named browser does not exist.',
  RK_CALL_OPEN: 'A call is already open.',
  RK_IDENTITY_MISMATCH:
    'The other side’s, or a room owner’s, identity has changed since last time.',
  RK_IDENTITY_UNACCEPTED: 'The other side knows a different identity under your name.',
  RK_IDENTITY_UNKNOWN: 'No such person was met, or none is waiting to be accepted.',
} as const;

/** The code of a Roomkey error. */
export type ErrorCode = keyof typeof errorCodes;
