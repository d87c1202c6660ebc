import { BlockList, isIP } from 'node:net';

/** Escapes for special characters of user name and password, for a message. */
export const ESCAPES = '/ is %2F, @ %40, : %3A, ? %3F, # %23 and % %25';

/**
 * Options that Roomkey sets itself: read and write concerns, time limits, and how the driver decodes
 * BSON. Other values would silently break guarantees of this store, so they are removed from the
 * connection string.
 */
const OWN = [
  // Write concern.
  ...['w', 'j', 'journal', 'fsync', 'wtimeout', 'wtimeoutMS', 'writeConcern'],
  // Read concern.
  ...['readPreference', 'readPreferenceTags', 'maxStalenessSeconds'],
  ...['readConcern', 'readConcernLevel'],
  // Time limits and pool size.
  ...['timeoutMS', 'serverSelectionTimeoutMS', 'connectTimeoutMS', 'socketTimeoutMS'],
  ...['waitQueueTimeoutMS', 'maxPoolSize', 'minPoolSize'],
  // Decoding of values.
  ...['raw', 'fieldsAsRaw', 'promoteBuffers', 'promoteLongs', 'promoteValues', 'useBigInt64'],
  ...['bsonRegExp', 'enableUtf8Validation', 'ignoreUndefined', 'serializeFunctions'],
  ...['checkKeys', 'forceServerObjectId'],
];

/** Options that turn off the check of the server's certificate. */
const UNVERIFIED = ['tlsInsecure', 'tlsAllowInvalidCertificates', 'tlsAllowInvalidHostnames'];

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** A connection string without the options that Roomkey sets. */
export interface StrippedUri {
  readonly uri: string;
  /** The names of the options that were removed. */
  readonly stripped: readonly string[];
}

/** Removes the options that Roomkey sets from a connection string. */
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

/** The options of a connection string that let anyone pose as the server. */
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
