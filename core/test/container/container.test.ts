import { describe, expect, test } from 'vitest';
import { Container, Inject } from '../../src/container/index.js';
import { token } from '../../src/contracts/token.js';

interface Engine {
  readonly power: number;
}
interface Wheel {
  readonly radius: number;
}
const Engine = token<Engine>('engine');
const Wheel = token<Wheel>('wheel');

class Car {
  static made = 0;
  constructor(
    @Inject(Engine) readonly engine: Engine,
    @Inject(Wheel) readonly wheel: Wheel,
  ) {
    Car.made++;
  }
}
const Car$ = token<Car>('car');

class Garage {
  constructor(@Inject(Car$) readonly car: Car) {}
}
const Garage$ = token<Garage>('garage');

const engine = { power: 1 };
const wheel = { radius: 2 };
const filled = () => new Container().provide(Engine, engine).provide(Wheel, wheel);

describe('Container', () => {
  test('creates an object with its injected services, once, on first use', () => {
    Car.made = 0;
    const container = filled().bind(Car$, Car).bind(Garage$, Garage);
    expect(Car.made).toBe(0);
    expect(container.get(Garage$).car).toBe(container.get(Car$));
    expect(container.get(Car$)).toMatchObject({ engine, wheel });
    expect(Car.made).toBe(1);
  });

  test('is isolated from other containers', () => {
    const one = filled().bind(Car$, Car);
    const other = filled().bind(Car$, Car);
    expect(one.get(Car$)).not.toBe(other.get(Car$));
    expect(() => new Container().get(Engine)).toThrow('engine');
  });

  test('throws for a missing service, rather than giving undefined', () => {
    const container = new Container().provide(Engine, engine).bind(Car$, Car);
    expect(() => container.get(Car$)).toThrow('wheel');
  });

  test('gives an options parameter an object of several services', () => {
    class Truck {
      constructor(
        @Inject({ engine: Engine, front: Wheel }) readonly parts: { engine: Engine; front: Wheel },
        @Inject(Wheel) readonly spare: Wheel,
      ) {}
    }
    const Truck$ = token<Truck>('truck');
    const truck = filled().bind(Truck$, Truck).get(Truck$);
    expect(truck).toEqual({ parts: { engine, front: wheel }, spare: wheel });
    const without = new Container().provide(Engine, engine).bind(Truck$, Truck);
    expect(() => without.get(Truck$)).toThrow('wheel');
  });

  test('throws at bind for a parameter without @Inject', () => {
    class First {
      constructor(
        readonly engine: Engine,
        @Inject(Wheel) readonly wheel: Wheel,
      ) {}
    }
    class Last {
      constructor(
        @Inject(Engine) readonly engine: Engine,
        readonly wheel: Wheel,
      ) {}
    }
    class None {
      constructor(readonly engine: Engine) {}
    }
    class Inherits extends Garage {}
    expect(() => new Container().bind(token('first'), First)).toThrow(/^Parameter 0 of First/);
    expect(() => new Container().bind(token('last'), Last)).toThrow(/^Parameter 1 of Last/);
    expect(() => new Container().bind(token('none'), None)).toThrow(/^Parameter 0 of None/);
    expect(() => new Container().bind(token('inherits'), Inherits)).toThrow(/^Parameter 0 of Inh/);
  });

  test('keeps the default of a parameter that is not injected', () => {
    class WithDefault {
      constructor(
        @Inject(Engine) readonly engine: Engine,
        readonly doors = 4,
      ) {}
    }
    const container = filled().bind(token<WithDefault>('default'), WithDefault);
    expect(container.get(token<WithDefault>('default'))).toMatchObject({ engine, doors: 4 });
  });
});

describe('types', () => {
  test('a token that does not fit does not compile', () => {
    class Wrong {
      // @ts-expect-error a wheel is no engine
      constructor(@Inject(Wheel) readonly engine: Engine) {}
    }
    class WrongSecond {
      constructor(
        @Inject(Engine) readonly engine: Engine,
        // @ts-expect-error an engine is no wheel
        @Inject(Engine) readonly wheel: Wheel,
      ) {}
    }
    class WrongInside {
      // @ts-expect-error a wheel is no engine
      constructor(@Inject({ engine: Wheel }) readonly parts: { engine: Engine }) {}
    }
    class TooLittle {
      // @ts-expect-error the wheel is missing
      constructor(@Inject({ engine: Engine }) readonly parts: { engine: Engine; wheel: Wheel }) {}
    }
    class Wider {
      constructor(@Inject(Car$) readonly part: { engine: Engine }) {}
    }
    const container = new Container();
    // @ts-expect-error a wheel is no engine
    container.provide(Engine, wheel);
    // @ts-expect-error a garage is no car
    container.bind(Car$, Garage);
    // @ts-expect-error a wheel comes out, and no engine
    const mistaken = (): Engine => container.get(Wheel);
    expect([Wrong, WrongSecond, WrongInside, TooLittle, Wider, mistaken]).toHaveLength(6);
  });
});
