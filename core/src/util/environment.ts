/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables that hold a Roomkey secret; child processes do not get them. */
export const secretVariables = [
  'ROOMKEY_PASSWORD',
  'ROOMKEY_NEW_PASSWORD',
  'ROOMKEY_ROOM_PASSWORD',
  'ROOMKEY_INVITE',
  'MONGO_URI',
] as const;

const taken: Record<string, string> = {};

/**
 * This process's variables; empty ones count as unset. The first call removes the secrets from
 * `process.env`, so that no child process inherits them; later calls still return them.
 */
export function ownEnvironment(): Environment {
  for (const name of secretVariables) {
    const value = process.env[name];
    if (value === undefined) continue;
    taken[name] = value;
    Reflect.deleteProperty(process.env, name);
  }
  return withoutEmpty({ ...process.env, ...taken });
}

/** Leaves out empty variables. */
export function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}

/**
 * The environment for a child process: ours without the secrets. Pass a secret that it needs in
 * `more`.
 *
 * @param environment default: this process's
 * @param allowed names that may be passed on; default: all
 */
export function childEnvironment(
  more: Environment = {},
  environment: Environment = process.env,
  allowed = /^/,
): Record<string, string | undefined> {
  const secrets: readonly string[] = secretVariables;
  // Names are case-insensitive on Windows.
  const entries = Object.entries(environment).filter(
    ([name]) => allowed.test(name) && !secrets.includes(name.toUpperCase()),
  );
  return { ...Object.fromEntries(entries), ...more };
}
