import { ESCAPES } from './connection-string.js';

/** No answer within the limit. */
export class NoAnswerError extends Error {}

/** No name server answered within the limit. */
export class NoLookupError extends Error {
  readonly code = 'ETIMEOUT';
}

/** Fields of the driver's errors. Only `name`, `code`, `codeName` and `syscall` may be shown. */
interface DriverError extends Error {
  readonly code?: number | string | null;
  readonly codeName?: string;
  /** Of Node's own: what the system was asked for, such as `querySrv`. */
  readonly syscall?: string;
  /** Of a server selection: what is known of each server. */
  readonly reason?: { readonly servers?: ReadonlyMap<string, { readonly error?: Error | null }> };
}

/** Why a command failed; `text` continues a sentence that begins with the server's name. */
export interface Reason {
  readonly text: string;
  /** Whether the configuration is wrong, and not the network or the server. */
  readonly isSetting?: true;
}

type Has = (...wanted: readonly (number | string | RegExp)[]) => boolean;

/** The reason for users, without any text of the driver or the server. */
export function reasonOf(error: unknown): Reason {
  const codes = codesOf(error);
  const has: Has = (...wanted) =>
    codes.some((code) =>
      wanted.some((one) => (one instanceof RegExp ? one.test(String(code)) : one === code)),
    );
  return (
    refusal(has) ??
    certificate(has) ??
    // A server that is not of the set is left out, and then none is left.
    (error instanceof Error && (error as DriverError).reason?.servers?.size === 0
      ? setting(
          'is no member of the replica set that `replicaSet` of `uri` names. Correct it, or leave it out.',
        )
      : undefined) ??
    unusable(has) ??
    network(has) ??
    (has(10334, 'ERR_OUT_OF_RANGE', 'MongoInvalidArgumentError')
      ? { text: 'takes no document as large as this one: 16 MiB is the limit.' }
      : undefined) ??
    (error instanceof NoAnswerError || has(/Timeout|Selection|TIMEDOUT/)
      ? {
          text: 'did not answer in time. Check that it runs, the network, and whether `uri` must have, or must not have, `tls=true`.',
        }
      : undefined) ?? {
      text: `failed (${[...new Set(codes)].join(', ')}). Try again; if it still fails, check the server’s log.`,
    }
  );
}

/** The server answers, and not to this user. */
function refusal(has: Has): Reason | undefined {
  if (has(18, 8000)) {
    return setting(
      `refuses the user name or the password of \`uri\`. Check both, the \`authSource\` option, and that special characters are written as %XX (${ESCAPES}).`,
    );
  }
  if (has(334, 'MechanismUnavailable')) {
    return setting(
      'does not know the `authMechanism` of `uri`. Leave it out, or take one that the server has.',
    );
  }
  if (has(13)) {
    return setting(
      'does not permit this user to do it. Give the user the role readWrite on the database.',
    );
  }
  return undefined;
}

/** The two cannot agree on TLS. */
function certificate(has: Has): Reason | undefined {
  if (has('ERR_TLS_CERT_ALTNAME_INVALID')) {
    return setting(
      'shows a TLS certificate that is for another name. Give the server by the name in its certificate.',
    );
  }
  if (has('CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID')) {
    return setting(
      'shows a TLS certificate that is not valid today. Renew it, or set this computer’s clock.',
    );
  }
  if (has(/^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/)) {
    return setting(
      'has no TLS certificate that this machine trusts. Name its authority by the `tlsCAFile` option of `uri`.',
    );
  }
  if (has(/^(ERR_TLS|ERR_SSL|ERR_OSSL)/, 'EPROTO')) {
    return setting(
      'does not agree on TLS. If it takes connections without, write `tls=false` into `uri`; else look at the TLS settings of the server.',
    );
  }
  return undefined;
}

/** What can never work as long as the settings are these. */
function unusable(has: Has): Reason | undefined {
  if (has('ENOENT', 'EACCES', 'EISDIR', 'ENOTDIR') && !has(/Network|Selection/)) {
    return setting(
      'cannot be asked: a file that `uri` names, as by `tlsCAFile`, cannot be read. Check its path.',
    );
  }
  if (has('MongoMissingDependencyError')) {
    return setting(
      'cannot be asked: an option of `uri`, such as `authMechanism`, `compressors` or `proxyHost`, needs a package that Roomkey does not have. Leave it out.',
    );
  }
  if (has('MongoCompatibilityError')) {
    return setting('is of a version that Roomkey cannot use. Take MongoDB 4.2 or newer.');
  }
  // Kinds of the driver for what it cannot do with these settings, whatever the network does.
  if (
    has('MongoParseError', 'MongoAPIError', 'MongoMissingCredentialsError') ||
    has('MongoInvalidProviderError', 'ERR_INVALID_URL', 'EBADNAME')
  ) {
    return setting(
      'cannot be asked: the options of `uri`, or the SRV and TXT records of its name, do not fit together. Correct them; without SRV records `uri` begins with mongodb://.',
    );
  }
  return undefined;
}

/** The network does not lead to it. */
function network(has: Has): Reason | undefined {
  const isLookup = has(/^(query|getaddrinfo)/);
  // By this code an SRV look-up says that no name server takes it.
  if (has('EAI_AGAIN', 'ESERVFAIL', 'EREFUSED', 'ETIMEOUT') || (isLookup && has('ECONNREFUSED'))) {
    return {
      text: 'cannot be looked up: no name server answers. Check the network, or give the address instead of the name.',
    };
  }
  if (has('ENOTFOUND', 'ENODATA', 'ENONAME')) {
    return {
      text: has(/^querySrv$/)
        ? 'cannot be found: its name has no SRV records. Check the name and the network; without such records `uri` begins with mongodb://.'
        : 'cannot be found: its name is not known. Check the name and the network.',
    };
  }
  if (has('ECONNREFUSED')) {
    return { text: 'does not take connections. Start it, or check its address.' };
  }
  if (has('EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN')) {
    return {
      text: 'cannot be reached: the network does not lead there. Check it and the address.',
    };
  }
  return undefined;
}

function setting(text: string): Reason {
  return { text, isSetting: true };
}

/** The names, codes and system calls of an error and of its causes. */
export function codesOf(error: unknown): (string | number)[] {
  if (!(error instanceof Error)) return [];
  const { name, code, codeName, syscall, cause, reason } = error as DriverError;
  const servers = [...(reason?.servers?.values() ?? [])];
  const inner = [cause, ...servers.map((server) => server.error)];
  const several = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  const own = [code, codeName, name, syscall].filter((each) => each !== undefined && each !== null);
  return [...own, ...[...inner, ...several].flatMap(codesOf)];
}
