declare const carried: unique symbol;

/**
 * Names a service and carries its type: `token<Camera>('camera')`. Two tokens are the same service
 * when their `kind` is equal, so two copies of core in one tree agree.
 */
export interface ServiceToken<T> {
  readonly kind: string;
  /** Never present at run time; makes `ServiceToken<Camera>` and `ServiceToken<Cipher>` differ. */
  readonly [carried]?: T;
}

/** The service type that a token stands for. */
export type ServiceOf<K> = K extends ServiceToken<infer T> ? T : never;

/** Makes the token of a service kind. */
export function token<T>(kind: string): ServiceToken<T> {
  return Object.freeze({ kind });
}
