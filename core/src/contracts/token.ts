declare const carried: unique symbol;

/**
 * Names a service and carries its type: `token<Camera>('camera')`. Tokens with equal `kind` mean
 * the same service, so two copies of core agree.
 */
export interface ServiceToken<T> {
  readonly kind: string;
  /** Types only: distinguishes `ServiceToken<Camera>` from `ServiceToken<Cipher>`. */
  readonly [carried]?: T;
}

/** The service type of a token. */
export type ServiceOf<K> = K extends ServiceToken<infer T> ? T : never;

/** Creates the token of a service kind. */
export function token<T>(kind: string): ServiceToken<T> {
  return Object.freeze({ kind });
}
