import 'reflect-metadata';
import { container as root, inject, injectable, Lifecycle } from 'tsyringe';
import type { ServiceOf, ServiceToken } from '../contracts/token.js';

/** Several named services, for a constructor with an options parameter. */
export type ServiceTokens = Readonly<Record<string, ServiceToken<unknown>>>;

/** The service type of a token, or of each token in a group. */
type Injected<K> =
  K extends ServiceToken<unknown> ? ServiceOf<K> : { readonly [N in keyof K]: ServiceOf<K[N]> };

type Constructor = abstract new (...parameters: never[]) => unknown;

/**
 * Parameters with an `Inject`, by class and index; with their group if they get several services.
 */
const injected = new WeakMap<object, Map<number, ServiceGroup | undefined>>();

interface ServiceGroup {
  /** tsyringe's token for the object that the parameter gets. */
  readonly key: symbol;
  readonly tokens: ServiceTokens;
}

/**
 * Declares what a constructor parameter gets: one service, or an object of several.
 *
 * ```ts
 * constructor(@Inject(Storage) storage: Storage)
 * constructor(@Inject({ storage: Storage, logger: Logger }) options: AccountsOptions)
 * ```
 *
 * Does not compile if the service does not fit the parameter's type.
 */
export function Inject<const K extends ServiceToken<unknown> | ServiceTokens>(wanted: K) {
  return <C extends Constructor, I extends number>(
    target: C,
    _key: undefined,
    index: Injected<K> extends ConstructorParameters<C>[I] ? I : never,
  ): void => {
    const known = injected.get(target) ?? new Map<number, ServiceGroup | undefined>();
    if (isToken(wanted)) {
      injected.set(target, known.set(index, undefined));
      inject(wanted.kind)(target, undefined, index);
    } else {
      const key = Symbol(target.name);
      injected.set(target, known.set(index, { key, tokens: wanted }));
      inject(key)(target, undefined, index);
    }
  };
}

function isToken(wanted: ServiceToken<unknown> | ServiceTokens): wanted is ServiceToken<unknown> {
  return typeof wanted.kind === 'string';
}

/**
 * Typed tokens over a private tsyringe container, isolated from other apps in the same process. It
 * creates objects but never disposes of them: the owner closes them in the right order. tsyringe's
 * `dispose()` uses the order of creation and stops at the first throw.
 */
export class Container {
  readonly #container = root.createChildContainer();

  /** Registers an existing service. */
  provide<T>(token: ServiceToken<T>, service: T): this {
    this.#container.registerInstance(token.kind, service);
    return this;
  }

  /**
   * Registers a class; its single instance is created on first use.
   *
   * @throws TypeError if a constructor parameter has no `Inject`: tsyringe would silently pass
   * `undefined`
   */
  bind<T>(token: ServiceToken<T>, service: new (...parameters: never[]) => T): this {
    const made = service as new (...parameters: unknown[]) => T;
    const known = injected.get(made) ?? new Map<number, ServiceGroup | undefined>();
    const base: unknown = Object.getPrototypeOf(made);
    const inherits = made.length === 0 && typeof base === 'function' && injected.has(base);
    for (let index = 0; index < (inherits ? 1 : made.length); index++) {
      if (!known.has(index)) {
        throw new TypeError(`Parameter ${index} of ${made.name}'s constructor lacks @Inject.`);
      }
    }
    for (const several of known.values()) if (several !== undefined) this.#register(several);
    injectable<T>()(made);
    this.#container.register<T>(
      token.kind,
      { useClass: made },
      { lifecycle: Lifecycle.ContainerScoped },
    );
    return this;
  }

  /** @throws Error if the service, or one that it needs, is not registered */
  get<T>(token: ServiceToken<T>): T {
    return this.#container.resolve<T>(token.kind);
  }

  #register({ key, tokens }: ServiceGroup): void {
    this.#container.register(key, {
      useFactory: () =>
        Object.fromEntries(
          Object.entries(tokens).map(([name, { kind }]) => [name, this.#container.resolve(kind)]),
        ),
    });
  }
}
