import { z } from 'zod';
import { flattenIssues, formatPath } from '../config/issues.js';
import { findJsonError } from '../config/json-position.js';
import { RoomkeyError } from '../errors/index.js';
import { displayName } from '../util/display-name.js';
import { decodeText } from '../util/text.js';

/** A user of the original app. */
export interface LegacyUser {
  /** As it is in the file, not checked. */
  readonly name: string;
  /** SHA-256 of the password, without salt: 64 lower-case hexadecimal digits. */
  readonly hash: string;
}

/** In characters. */
const MAX_SHOWN = 80;

const hash = z
  .string('must be a text of 64 hexadecimal digits')
  .regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits: a SHA-256 without salt')
  .toLowerCase();
const name = z.string('must be a text');

const userSchema = z
  .strictObject(
    {
      username: name,
      name,
      password: hash,
      password_hash: hash,
      hash,
      // What databases add.
      _id: z.unknown(),
      id: z.unknown(),
      created_at: z.unknown(),
    },
    {
      // A member that is not known, such as a salt, may change what the hash means.
      error: (issue) =>
        issue.code === 'unrecognized_keys'
          ? `has a member that is not known: “${String(issue.keys[0])}”`
          : 'must be an object with a name and a hash',
    },
  )
  .partial()
  .transform((user, context): LegacyUser => {
    const one = (what: string, ...keys: (keyof typeof user)[]): string => {
      const given = keys.filter((key) => user[key] !== undefined);
      const [key] = given;
      if (key !== undefined && given.length === 1) return user[key] as string;
      const message = `must have one ${what}: ${keys.map((each) => `“${each}”`).join(' or ')}`;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    };
    return {
      name: one('name', 'username', 'name'),
      hash: one('hash', 'password', 'password_hash', 'hash'),
    };
  });

/**
 * Reads the original app's users.json: a list of users, or an object with a hash for each name, or
 * an object whose only member `users` is one of these.
 *
 * @param content in an encoding that `decodeText` knows
 * @param file what messages call it
 * @throws RoomkeyError `RK_IMPORT_INVALID` with the first place where it is something else. No
 * message quotes a hash.
 */
export function parseLegacyUsers(content: Uint8Array, file: string): LegacyUser[] {
  const json = decode(content, file);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // Not as the cause: a parser's message quotes the text.
    const { line, column } = findJsonError(json) ?? { line: 1, column: 1 };
    throw invalid(`${file}:${line}:${column}`, 'is not valid JSON');
  }
  if (!isObject(value)) throw invalid(file, 'is neither a list nor an object');
  const { users } = value;
  if (!isObject(users)) return readUsers(value, [], file);
  const [other] = Object.keys(value).filter((key) => key !== 'users');
  if (other === undefined) return readUsers(users, ['users'], file);
  throw invalid(at(file, [other]), 'has no place beside “users”');
}

function decode(content: Uint8Array, file: string): string {
  try {
    return decodeText(content);
  } catch (error) {
    throw invalid(file, `cannot be read: ${(error as Error).message}`);
  }
}

function readUsers(users: object, path: readonly PropertyKey[], file: string): LegacyUser[] {
  if (Array.isArray(users)) {
    return users.map((user, index) => check(userSchema, user, [...path, index], file));
  }
  return Object.entries(users).map(([name, value]) => ({
    name,
    hash: check(hash, value, [...path, name], file),
  }));
}

function check<T>(
  schema: z.ZodType<T>,
  value: unknown,
  path: readonly PropertyKey[],
  file: string,
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = flattenIssues(result.error.issues, path);
  throw invalid(at(file, issue?.path ?? path), issue?.message ?? 'is not allowed');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function at(file: string, path: readonly PropertyKey[]): string {
  return `${file}: ${formatPath(path.map((key) => (typeof key === 'string' ? abbreviate(key) : key)))}`;
}

function invalid(place: string, what: string): RoomkeyError {
  return new RoomkeyError(
    'RK_IMPORT_INVALID',
    `${place} ${abbreviate(what)}. Nothing was imported; docs/cli.md says what the file may look like.`,
  );
}

/** Text from the file for a message: without control characters, cut at 80 characters. */
export function abbreviate(text: string): string {
  const characters = Array.from(displayName(text));
  return characters.length <= MAX_SHOWN
    ? characters.join('')
    : `${characters.slice(0, MAX_SHOWN).join('')}…`;
}
