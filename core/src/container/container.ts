import 'reflect-metadata';
import { container as root, inject, injectable, Lifecycle } from 'tsyringe';
import type { ServiceToken } from '../contracts/token.js';

type Constructor = abstract new (...parameters: never[]) => unknown;

/** The parameters of each class that have a token. */
const injected = new WeakMap<object, Set<number>>();

/**
 * Says what a constructor's parameter gets: `constructor(@Inject(Storage) storage: Storage)`. Does
 * not compile where the token's service does not fit the parameter's type.
 */
export function Inject<T>(token: ServiceToken<T>) {
  return <C extends Constructor, I extends number>(
    target: C,
    key: undefined,
    index: T extends ConstructorParameters<C>[I] ? I : never,
  ): void => {
    inject(token.kind)(target, key, index);
    const known = injected.get(target) ?? new Set();
    injected.set(target, known.add(index));
  };
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
    const known = injected.get(service) ?? new Set();
    const base: unknown = Object.getPrototypeOf(service);
    const inherits = service.length === 0 && typeof base === 'function' && injected.has(base);
    for (let index = 0; index < service.length || (inherits && index === 0); index++) {
      if (!known.has(index)) {
        throw new TypeError(`Parameter ${index} of ${service.name}'s constructor lacks @Inject.`);
      }
    }
    injectable<T>()(service as new (...parameters: unknown[]) => T);
    this.#container.register<T>(
      token.kind,
      { useClass: service as new (...parameters: unknown[]) => T },
      { lifecycle: Lifecycle.ContainerScoped },
    );
    return this;
  }

  /** Whether the service itself was given or bound. */
  has(token: ServiceToken<unknown>): boolean {
    return this.#container.isRegistered(token.kind);
  }

  /** @throws Error where the service, or one that it needs, was neither given nor bound. */
  get<T>(token: ServiceToken<T>): T {
    return this.#container.resolve<T>(token.kind);
  }
}
