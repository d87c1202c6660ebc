/**
 * Every error code, with what it means; `docs/errors.md` lists the same, and a test holds the two
 * together. Match errors by `code`, never by message or `instanceof`.
 */
export const errorCodes = {
  RK_CONFIG_NOT_FOUND: 'The configuration file that was named is not there.',
  RK_CONFIG_EXISTS: 'There is a configuration file already; it was left as it is.',
  RK_CONFIG_INVALID: 'The configuration cannot be read, or a value in it is not allowed.',
  RK_CONFIG_IGNORED: 'Something in the configuration has no effect.',
  RK_CONFIG_SOURCE:
    'Settings come from the folder in which Roomkey was started, or from another user.',
  RK_CONFIG_ENV_MISSING: 'The configuration refers to an environment variable that is not set.',
  RK_FILE_EXPOSED: 'Other users of this machine could read a secret of yours.',
  RK_FILE_UNTRUSTED: 'Other users of this machine could change what Roomkey would run or obey.',

  RK_PLUGIN_NOT_FOUND: 'A plugin that the configuration names cannot be loaded.',
  RK_PLUGIN_INVALID: 'What was loaded is not a Roomkey plugin, or not of the wanted kind.',
  RK_PLUGIN_API: 'The plugin was written for another version of the plugin API.',
  RK_PLUGIN_UNAVAILABLE: 'The plugin cannot work here: something that it needs is missing.',
  RK_PLUGIN_TIMEOUT: 'The plugin did not finish a step in time.',
  RK_PLUGIN_FAILED: 'The plugin threw something that it does not declare.',
  RK_PLUGIN_UNDECLARED: 'The plugin asked for a service that its `requires` does not name.',

  RK_CLOSED: 'It was closed before, and nothing can be done with it any more.',

  RK_STORAGE_EXISTS: 'A document with this id is stored already.',
  RK_STORAGE_CONFLICT: 'The document was changed or removed by somebody else meanwhile.',
  RK_STORAGE_IO: 'The store cannot be reached, read or written.',
  RK_STORAGE_EXPOSED: 'Others on the network can read what is stored, or pose as the store.',
  RK_STORAGE_DAMAGED: 'What is stored cannot be understood; nothing was written over it.',

  RK_TRANSPORT_LISTEN: 'No port to listen on can be had.',
  RK_TRANSPORT_UNREACHABLE: 'Nobody answers at this address.',
  RK_TRANSPORT_BROKEN: 'The connection was cut.',
  RK_TRANSPORT_MESSAGE_TOO_LARGE: 'The peer sent a message that is longer than allowed.',

  RK_DISCOVERY_FAILED: 'Rooms nearby can be neither announced nor found.',

  RK_CIPHER_FORGED: 'The data was not sealed with this key, or was changed since.',

  RK_CAMERA_NOT_FOUND: 'There is no such camera or file.',
  RK_CAMERA_BUSY: 'Another program has the camera.',
  RK_CAMERA_DENIED: 'The system does not permit the use of the camera.',
  RK_CAMERA_FAILED: 'The camera opened and gave no picture.',
  RK_CAMERA_LOST: 'The camera went away.',
  RK_CAMERA_STOPPED: 'The camera was stopped: the partner is gone, and anybody may come in.',

  RK_HANDSHAKE_FAILED:
    'The other side could not be verified; a wrong password looks like this too.',
  RK_HANDSHAKE_VERSION: 'The two sides have no protocol version, cipher or room mode in common.',
  RK_HANDSHAKE_BUSY: 'The other side has too many callers, or was sent too many wrong passwords.',
  RK_HANDSHAKE_TIMEOUT: 'The other side did not answer in time.',
  RK_PASSWORD_GUESSED: 'Someone answers for the host and does not know the room’s password.',
  RK_ROOM_FULL: 'Someone else is in the room.',
  RK_RECORD_INVALID: 'A record was changed, repeated, reordered or malformed; the call was cut.',
  RK_BEACON_INVALID: 'A beacon is malformed or not signed by its host.',
  RK_ENDPOINT_INVALID: 'A stored endpoint is forged, expired, or sealed for another directory.',
  RK_DIRECTORY_INVITE_INVALID: 'What was given is not an invite to a directory.',

  RK_ACCOUNT_EXISTS: 'There is an account with this name already.',
  RK_ACCOUNT_NAME_INVALID: 'The account name is not allowed.',
  RK_ACCOUNT_PASSWORD_INVALID: 'The password is not allowed for an account.',
  RK_ACCOUNT_REFUSED: 'The name or the password is wrong.',
  RK_ACCOUNT_THROTTLED: 'Too many failed attempts; the account is locked for a while.',
  RK_ACCOUNT_CHANGED: 'The account was changed by somebody else at the same time.',
  RK_ACCOUNT_SIGNED_OUT: 'Nobody is signed in.',
  RK_ACCOUNT_DAMAGED: 'The stored account cannot be used; it was left as it is.',
  RK_ACCOUNT_REPLACED: 'The account has another identity than the one that was used here before.',
  RK_IMPORT_NOT_FOUND: 'The file of users to import is not there.',
  RK_IMPORT_INVALID: 'The file of users to import is not as it must be; nothing was imported.',

  RK_ROOM_NAME_INVALID: 'The room name is not allowed.',
  RK_ROOM_EXISTS: 'The account has a room with this name already.',
  RK_ROOM_NOT_FOUND: 'There is no such room, neither stored nor nearby.',
  RK_ROOM_NOT_OPEN: 'The room is not open: its owner is gone and did not come back in time.',
  RK_ROOM_AMBIGUOUS: 'Several rooms bear this name.',
  RK_ROOM_NOT_OWNER: 'Only the owner of the room can do this.',
  RK_ROOM_PASSWORD_REQUIRED: 'The room has a password, and none was given.',
  RK_ROOM_PASSWORD_UNEXPECTED: 'A password was given for a room that has none.',
  RK_ROOM_PASSWORD_CHANGED: 'The owner gave another password than last time.',
  RK_BROWSER_NOT_FOUND: 'The browser that was named is not there.',
  RK_CALL_OPEN: 'There is a call open already.',
  RK_PERSON_CHANGED: 'The other side, or a room’s owner, shows another identity than last time.',
  RK_PERSON_UNACCEPTED: 'The other side knows another identity by your name.',
  RK_PERSON_UNKNOWN: 'No such person was met, or none such waits to be accepted.',
} as const;

/** The code of a Roomkey error. */
export type ErrorCode = keyof typeof errorCodes;
