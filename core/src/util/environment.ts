/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that hold a secret of Roomkey's: what other programs have no use for. */
export const secretVariables = [
  'ROOMKEY_PASSWORD',
  'ROOMKEY_NEW_PASSWORD',
  'ROOMKEY_ROOM_PASSWORD',
  'ROOMKEY_INVITE',
  'MONGO_URI',
] as const;

const taken: Record<string, string> = {};

/**
 * This process's variables without those that are set to nothing, which count as not set. Secrets
 * are taken out of `process.env`, so that no program that is started from then on gets them, and are
 * here each time.
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

/** The variables that are set to something. */
export function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}

/**
 * The variables of a program that we start: ours without the secrets. One that needs a secret is
 * given it in `more`.
 *
 * @param environment default: this process's
 * @param allowed the names of those that it gets at most; default: all
 */
export function childEnvironment(
  more: Environment = {},
  environment: Environment = process.env,
  allowed = /^/,
): Record<string, string | undefined> {
  const secrets: readonly string[] = secretVariables;
  // Windows takes names in any case.
  const entries = Object.entries(environment).filter(
    ([name]) => allowed.test(name) && !secrets.includes(name.toUpperCase()),
  );
  return { ...Object.fromEntries(entries), ...more };
}
