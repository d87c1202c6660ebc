import { BlockList, isIP } from 'node:net';

/** How to write what would end the user's name or the password early, for a message. */
export const ESCAPES = '/ is %2F, @ %40, : %3A, ? %3F, # %23 and % %25';

/**
 * Options that are Roomkey's: what reads and writes wait for, the limits on waiting, and how the
 * driver turns what is stored into JavaScript. Another value in a connection string would break a
 * promise of this store without a word, so they are taken out of it.
 */
const OWN = [
  // What a write waits for.
  ...['w', 'j', 'journal', 'fsync', 'wtimeout', 'wtimeoutMS', 'writeConcern'],
  // What a read sees.
  ...['readPreference', 'readPreferenceTags', 'maxStalenessSeconds'],
  ...['readConcern', 'readConcernLevel'],
  // How long somebody waits, and for how many at once.
  ...['timeoutMS', 'serverSelectionTimeoutMS', 'connectTimeoutMS', 'socketTimeoutMS'],
  ...['waitQueueTimeoutMS', 'maxPoolSize', 'minPoolSize'],
  // What a value that was read looks like.
  ...['raw', 'fieldsAsRaw', 'promoteBuffers', 'promoteLongs', 'promoteValues', 'useBigInt64'],
  ...['bsonRegExp', 'enableUtf8Validation', 'ignoreUndefined', 'serializeFunctions'],
  ...['checkKeys', 'forceServerObjectId'],
];

/** With which a server need not prove who it is. */
const UNVERIFIED = ['tlsInsecure', 'tlsAllowInvalidCertificates', 'tlsAllowInvalidHostnames'];

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** A connection string without the options that are Roomkey's. */
export interface StrippedUri {
  readonly uri: string;
  /** The names of those that stood in it. */
  readonly stripped: readonly string[];
}

/** Takes the options that are Roomkey's out of a connection string. */
export function stripOwnOptions(uri: string): StrippedUri {
  const start = uri.indexOf('?') + 1;
  if (start === 0) return { uri, stripped: [] };
  const stripped: string[] = [];
  const kept = uri
    .slice(start)
    .split('&')
    .filter((option) => {
      const own = OWN.find((name) => isNamed(option, name));
      if (own !== undefined) stripped.push(own);
      return own === undefined;
    });
  const options = kept.join('&');
  return { uri: uri.slice(0, options === '' ? start - 1 : start) + options, stripped };
}

/** The options of a connection string with which anybody could pose as the server. */
export function unverifiedOptions(uri: string): string[] {
  const options = optionsOf(uri);
  return UNVERIFIED.filter((name) =>
    options.some((option) => isNamed(option, name) && /=true$/i.test(option)),
  );
}

/** Whether a connection string says itself whether TLS is used. */
export function setsTls(uri: string): boolean {
  return optionsOf(uri).some((option) => isNamed(option, 'tls') || isNamed(option, 'ssl'));
}

/** Whether a host of the driver's is this computer: by name, by address, or by a socket's path. */
export function isThisComputer({
  host,
  socketPath,
}: {
  readonly host?: string | undefined;
  readonly socketPath?: string | undefined;
}): boolean {
  if (socketPath !== undefined) return true;
  const name = (host ?? '').toLowerCase();
  return isLocalhost(name) || (isIP(name) !== 0 && LOOPBACK.check(name, ipFamily(name)));
}

/** Whether a name or the address that begins with `mongodb+srv://` can have no SRV records. */
export function hasNoSrvRecords(uri: string): boolean {
  const host = /^mongodb\+srv:\/\/(?:[^@/]*@)?([^/?,]+)/i.exec(uri)?.[1];
  return host !== undefined && (isLocalhost(host.toLowerCase()) || isIP(host) !== 0);
}

/**
 * Whether the user's name or the password has a character that ends it early. By the driver's own
 * rule: what stands before the first `@` is both.
 */
export function hasUnescaped(uri: string): boolean {
  const [before, ...after] = uri.replace(/^[^:]+:\/\//, '').split('@');
  if (before === undefined || after.length === 0) return false;
  return /[/?#[\]]|:.*:|%(?![0-9a-f]{2})/i.test(before) || after.length > 1;
}

function optionsOf(uri: string): string[] {
  const start = uri.indexOf('?') + 1;
  return start === 0 ? [] : uri.slice(start).split('&');
}

/** Names are compared as the driver does: decoded, and without regard to case. */
function isNamed(option: string, name: string): boolean {
  const [key = ''] = new URLSearchParams(option).keys();
  return key.toLowerCase() === name.toLowerCase();
}

function isLocalhost(name: string): boolean {
  return /^(?:.*\.)?localhost\.?$/.test(name);
}

function ipFamily(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
