import 'reflect-metadata';
import { container as root, inject, injectable, Lifecycle } from 'tsyringe';
import type { ServiceOf, ServiceToken } from '../contracts/token.js';

/** Several services under names, as a constructor with an options parameter takes them. */
export type ServiceTokens = Readonly<Record<string, ServiceToken<unknown>>>;

/** What a token, or each token of several, stands for. */
type Injected<K> =
  K extends ServiceToken<unknown> ? ServiceOf<K> : { readonly [N in keyof K]: ServiceOf<K[N]> };

type Constructor = abstract new (...parameters: never[]) => unknown;

/** The parameters of each class that have an `Inject`, by index; where it is several services: */
const injected = new WeakMap<object, Map<number, ServiceGroup | undefined>>();

interface ServiceGroup {
  /** What tsyringe calls the object that the parameter gets. */
  readonly key: symbol;
  readonly tokens: ServiceTokens;
}

/**
 * Says what a constructor's parameter gets: a service, or an object of several.
 *
 * ```ts
 * constructor(@Inject(Storage) storage: Storage)
 * constructor(@Inject({ storage: Storage, logger: Logger }) options: AccountsOptions)
 * ```
 *
 * Does not compile where that does not fit the parameter's type.
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
 * Typed tokens over a tsyringe container of its own, which knows nothing of other apps' in the same
 * process. It makes objects and never ends them: its owner closes what it made, in the order that
 * is right, since tsyringe's `dispose()` goes by order of creation and stops at a throw.
 */
export class Container {
  readonly #container = root.createChildContainer();

  /** Gives a service that exists. */
  provide<T>(token: ServiceToken<T>, service: T): this {
    this.#container.registerInstance(token.kind, service);
    return this;
  }

  /**
   * Has a service made by its class, when it is first asked for, and once.
   *
   * @throws TypeError where a parameter of the constructor has no `Inject`: tsyringe would pass
   * `undefined` for it without a word.
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

  /** @throws Error where the service, or one that it needs, was neither given nor bound. */
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
