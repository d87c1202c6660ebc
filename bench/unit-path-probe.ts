// cspell:ignore Cipheriv Decipheriv
/** What is counted in one place: in a page, in a worker, or in Node. */
export interface Counted {
  /** By what was done and from where: copies, promises, and hops to another thread or process. */
  readonly sites: readonly Site[];
  /** Calls of the functions that are followed, in the order of the first ones. */
  readonly hits: readonly Hit[];
}

/** Something that is done in one place of the program. */
export interface Site {
  readonly kind: SiteKind;
  /** The platform's function. */
  readonly by: string;
  /** As of an `Error`. */
  readonly stack: string;
  readonly calls: number;
  readonly bytes: number;
}

/**
 * `hop`: to another thread or process; `codec`: to an encoder, a decoder or a canvas; `wake`: to an
 * asynchronous function that waits.
 */
export type SiteKind = 'copy' | 'promise' | 'hop' | 'codec' | 'wake';

/** Calls of one function by the same others. */
export interface Hit {
  readonly stack: string;
  readonly calls: number;
}

/** What the probe leaves in its place, as `unitPath`. */
export interface Probe {
  /** Called by each breakpoint. @returns whether to stop there, which it never does */
  hit(): false;
  /** @returns what was counted since the last time */
  take(): Counted;
}

/**
 * Has every function of the platform counted that copies bytes, makes a promise or sends something to
 * another thread or process. Runs in the place that it counts in: it may use nothing from outside.
 */
export function installProbe(): void {
  const scope = globalThis as Record<string, unknown>;
  if (scope['unitPath'] !== undefined) return;
  Error.stackTraceLimit = 60;
  let sites = new Map<string, { -readonly [K in keyof Site]: Site[K] }>();
  let hits = new Map<string, number>();
  let isBusy = false;

  const note = (kind: SiteKind, by: string, bytes: number): void => {
    const stack = new Error().stack ?? '';
    const key = `${kind} ${by} ${stack}`;
    const site = sites.get(key) ?? { kind, by, stack, calls: 0, bytes: 0 };
    site.calls += 1;
    site.bytes += bytes;
    sites.set(key, site);
  };
  const sizeOf = (value: unknown): number =>
    ArrayBuffer.isView(value) || value instanceof ArrayBuffer
      ? value.byteLength
      : Array.isArray(value) || typeof value === 'string'
        ? value.length
        : 0;

  type Measure = (self: unknown, args: readonly unknown[], result: unknown) => number | undefined;
  /** Counts the calls for which there is a size. */
  const wrap = (
    holder: unknown,
    name: string,
    kind: SiteKind,
    by: string,
    measure: Measure,
  ): void => {
    if ((typeof holder !== 'object' && typeof holder !== 'function') || holder === null) return;
    const descriptor = Object.getOwnPropertyDescriptor(holder, name);
    if (typeof descriptor?.value !== 'function') return;
    const counted = <T>(self: unknown, args: readonly unknown[], run: () => T): T => {
      // What the probe itself does does not count.
      if (isBusy) return run();
      isBusy = true;
      // A hop takes away what is transferred; a copy has no size before.
      const before = kind === 'hop' ? measure(self, args, undefined) : undefined;
      isBusy = false;
      const result = run();
      isBusy = true;
      const bytes = kind === 'hop' ? before : measure(self, args, result);
      if (bytes !== undefined) note(kind, by, bytes);
      isBusy = false;
      return result;
    };
    const value: unknown = new Proxy(descriptor.value as (...args: unknown[]) => unknown, {
      apply: (target, self, args: unknown[]) =>
        counted(self, args, () => Reflect.apply(target, self, args)),
      construct: (target, args: unknown[], newTarget: () => void) =>
        counted(undefined, args, () => Reflect.construct(target, args, newTarget) as object),
    });
    Object.defineProperty(holder, name, { ...descriptor, value });
  };
  const prototypeOf = (name: string): unknown =>
    (scope[name] as { readonly prototype?: unknown } | undefined)?.prototype;

  const ofResult: Measure = (_self, _args, result) => sizeOf(result);
  const ofFirst: Measure = (_self, [first]) => sizeOf(first);
  const typedArray: unknown = Object.getPrototypeOf(Uint8Array.prototype);
  wrap(typedArray, 'set', 'copy', 'TypedArray.set', ofFirst);
  wrap(typedArray, 'slice', 'copy', 'TypedArray.slice', ofResult);
  wrap(typedArray, 'copyWithin', 'copy', 'TypedArray.copyWithin', ofResult);
  wrap(Object.getPrototypeOf(Uint8Array), 'from', 'copy', 'TypedArray.from', ofResult);
  wrap(ArrayBuffer.prototype, 'slice', 'copy', 'ArrayBuffer.slice', ofResult);
  wrap(scope, 'Uint8Array', 'copy', 'new Uint8Array', (_self, [first]) =>
    ArrayBuffer.isView(first) || Array.isArray(first) ? sizeOf(first) : undefined,
  );
  wrap(scope, 'Blob', 'copy', 'new Blob', (_self, [parts]) =>
    Array.isArray(parts) ? parts.reduce((sum: number, part) => sum + sizeOf(part), 0) : undefined,
  );
  wrap(scope, 'structuredClone', 'copy', 'structuredClone', ofFirst);

  // Of pictures.
  wrap(
    prototypeOf('EncodedVideoChunk'),
    'copyTo',
    'copy',
    'EncodedVideoChunk.copyTo',
    (self) => (self as { readonly byteLength: number }).byteLength,
  );
  wrap(scope, 'EncodedVideoChunk', 'copy', 'new EncodedVideoChunk', (_self, [init]) => {
    const { data, transfer } = init as { readonly data: unknown; readonly transfer?: unknown };
    return transfer === undefined ? sizeOf(data) : undefined;
  });

  for (const codec of ['VideoEncoder.encode', 'VideoDecoder.decode', 'VideoFrame.copyTo']) {
    const [name = '', method = ''] = codec.split('.');
    wrap(prototypeOf(name), method, 'codec', codec, () => 0);
  }
  for (const method of ['drawImage', 'putImageData']) {
    wrap(prototypeOf('OffscreenCanvasRenderingContext2D'), method, 'codec', method, () => 0);
  }

  // What leaves the thread: what is not transferred is copied.
  const inMessage = (value: unknown): number => {
    if (ArrayBuffer.isView(value)) return value.buffer.byteLength;
    if (value instanceof ArrayBuffer) return value.byteLength;
    if (typeof value !== 'object' || value === null) return 0;
    const isPlain = Object.getPrototypeOf(value) === Object.prototype;
    return isPlain
      ? Object.values(value).reduce((sum: number, part) => sum + inMessage(part), 0)
      : 0;
  };
  const postMessage = (holder: unknown, by: string): void => {
    // After the call, what was transferred is empty.
    const left: Measure = (_self, [message]) => inMessage(message) || undefined;
    wrap(holder, 'postMessage', 'copy', `${by} without transfer`, left);
    wrap(holder, 'postMessage', 'hop', by, (_self, [message]) => inMessage(message));
  };
  postMessage(prototypeOf('Worker'), 'Worker.postMessage');
  postMessage(prototypeOf('MessagePort'), 'MessagePort.postMessage');
  if ('WorkerGlobalScope' in scope) postMessage(scope, 'postMessage');
  wrap(prototypeOf('WebSocket'), 'send', 'hop', 'WebSocket.send', ofFirst);

  const node = (scope['process'] as Partial<NodeJS.Process> | undefined)?.getBuiltinModule;
  // Those that are asked for, also by `catch` and `finally`, which call `then`.
  let isThen = false;
  if (node === undefined) {
    // Those of asynchronous functions are their calls.
    wrap(scope, 'Promise', 'promise', 'new Promise', () => 0);
    wrap(Promise.prototype, 'then', 'promise', 'then', () => 0);
    wrap(prototypeOf('ReadableStreamDefaultReader'), 'read', 'promise', 'read', () => 0);
    wrap(prototypeOf('VideoFrame'), 'copyTo', 'promise', 'VideoFrame.copyTo', () => 0);
  } else {
    const then = Reflect.get(Promise.prototype, 'then') as (...args: unknown[]) => unknown;
    const value = new Proxy(then, {
      apply: (target, self, args: unknown[]) => {
        isThen = true;
        const result = Reflect.apply(target, self, args);
        isThen = false;
        return result;
      },
    });
    Reflect.set(Promise.prototype, 'then', value);
    const v8 = node('node:v8');
    v8.promiseHooks.createHook({
      init: (_promise, parent: Promise<unknown> | undefined) => {
        // One that `await` makes for these hooks alone has a parent, as that of `then`.
        const isOfHooks = parent !== undefined && !isThen;
        if (!isBusy && !isOfHooks) note('promise', 'promise', 0);
      },
      settled: () => {
        if (!isBusy) note('wake', 'settle', 0);
      },
    });
    // From here on only: without it, what precedes a call takes long.
    v8.setFlagsFromString('--no-opt');
    const crypto = node('node:crypto') as unknown as Record<string, { prototype: unknown }>;
    const net = node('node:net');
    wrap(Buffer, 'from', 'copy', 'Buffer.from', (_self, [first]) =>
      ArrayBuffer.isView(first) ? sizeOf(first) : undefined,
    );
    wrap(Buffer, 'concat', 'copy', 'Buffer.concat', ofResult);
    wrap(Buffer.prototype, 'copy', 'copy', 'Buffer.copy', (_self, _args, result) => Number(result));
    wrap(crypto['Cipheriv']?.prototype, 'update', 'copy', 'Cipher.update (seal)', ofResult);
    wrap(crypto['Decipheriv']?.prototype, 'update', 'copy', 'Decipher.update (open)', ofResult);
    const socket = net.Socket.prototype as unknown;
    wrap(socket, '_writev', 'hop', 'Socket.writev', (_self, [chunks]) =>
      (chunks as { readonly chunk: unknown }[]).reduce((sum, { chunk }) => sum + sizeOf(chunk), 0),
    );
    wrap(socket, '_write', 'hop', 'Socket.write', ofFirst);
  }

  const probe: Probe = {
    hit() {
      const stack = new Error().stack ?? '';
      hits.set(stack, (hits.get(stack) ?? 0) + 1);
      return false;
    },
    take() {
      isBusy = true;
      const counted = {
        sites: [...sites.values()],
        hits: [...hits].map(([stack, calls]) => ({ stack, calls })),
      };
      sites = new Map();
      hits = new Map();
      isBusy = false;
      return counted;
    },
  };
  scope['unitPath'] = probe;
}
