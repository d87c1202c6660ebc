import { expect } from 'vitest';
import {
  decodePageUnit,
  encodeConsumed,
  BinaryKind,
  type Answer,
  type AppEvent,
  type CallPhase,
  type CallView,
  type FailureView,
  type Hello,
  type KnockView,
  type Method,
  type PageUnit,
  type ParamsOf,
  type Port,
  type ResultOf,
  type ListedRoom,
} from '../../src/messages/index.js';

type EventOf<K extends AppEvent['event']> = Extract<AppEvent, { event: K }>;

/** A failed request. */
export class RequestError extends Error {
  readonly code: FailureView['code'];
  readonly failure: FailureView;

  constructor(failure: FailureView) {
    super(failure.message);
    this.code = failure.code;
    this.failure = failure;
  }
}

/** A headless page on any port: sends requests and records events. */
export class TestPage {
  readonly port: Port;
  readonly events: AppEvent[] = [];
  readonly units: PageUnit[] = [];
  /** Binary plugin messages. */
  readonly pluginBytes: Uint8Array[] = [];
  readonly rooms = new Map<string, ListedRoom>();
  isClosed = false;
  readonly #answers = new Map<number, (answer: Answer) => void>();
  readonly #listeners = new Set<() => void>();
  #nextId = 0;

  constructor(port: Port, codecs: Hello['hello']['codecs'] = ['jpeg']) {
    this.port = port;
    port.onClose(() => {
      this.isClosed = true;
      this.#wake();
    });
    port.onMessage((message) => {
      if (typeof message === 'string') this.#takeText(message);
      else if (message[0] === BinaryKind.plugin) this.pluginBytes.push(message);
      else this.#consumeUnit(decodePageUnit(message));
      this.#wake();
    });
    port.send(JSON.stringify({ hello: { codecs } }));
  }

  /** @throws RequestError */
  async request<M extends Method>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    const id = this.#nextId++;
    const answer = new Promise<Answer>((resolve) => this.#answers.set(id, resolve));
    this.port.send(JSON.stringify({ id, method, params }));
    const settled = await answer;
    if ('error' in settled) throw new RequestError(settled.error);
    return settled.result as ResultOf<M>;
  }

  /** The newest event of a kind. */
  last<K extends AppEvent['event']>(event: K): EventOf<K> | undefined {
    return this.events.findLast((one): one is EventOf<K> => one.event === event);
  }

  /** Waits until `look` returns something, checking after every message. */
  async until<T>(look: () => T | undefined | false): Promise<T> {
    for (;;) {
      const seen = look();
      if (seen !== undefined && seen !== false) return seen;
      await new Promise<void>((resolve) => {
        const listener = (): void => {
          this.#listeners.delete(listener);
          resolve();
        };
        this.#listeners.add(listener);
      });
    }
  }

  /** Waits until the call is in a phase. */
  async phase<P extends CallPhase['phase']>(
    phase: P,
  ): Promise<{ readonly call: CallView; readonly state: Extract<CallPhase, { phase: P }> }> {
    return await this.until(() => {
      const call = this.last('call')?.call ?? undefined;
      if (call?.state.phase !== phase) return undefined;
      return { call, state: call.state as Extract<CallPhase, { phase: P }> };
    });
  }

  /** Waits for a guest of this name, and lets them in. */
  async letIn(name: string): Promise<void> {
    await this.request('call.letIn', { id: (await this.knock(name)).id });
  }

  /** Waits for a guest of this name. */
  async knock(name: string): Promise<KnockView> {
    return await this.until(() =>
      this.last('call')?.call?.knocks.find((knock) => knock.name === name),
    );
  }

  /** Waits until the page is active, or another one is. */
  async state(state: 'active' | 'elsewhere'): Promise<this> {
    await this.until(() => this.last('page')?.state === state);
    return this;
  }

  /** Waits for a room in the list. */
  async room(name: string, holds: (room: ListedRoom) => boolean = () => true): Promise<ListedRoom> {
    return await this.until(() =>
      [...this.rooms.values()].find((room) => room.name === name && holds(room)),
    );
  }

  /** Waits for `count` more units of a kind. */
  async moreUnits(kind: PageUnit['kind'], count: number): Promise<void> {
    const seen = (): number => this.units.filter((unit) => unit.kind === kind).length;
    const before = seen();
    await this.until(() => seen() >= before + count);
  }

  /** Waits until the app closes the page. */
  async closed(): Promise<void> {
    await this.until(() => this.isClosed);
  }

  /** Takes each unit at once, like a window that keeps up. */
  #consumeUnit(page: PageUnit): void {
    this.units.push(page);
    const { kind, track, unit } = page;
    if (kind === BinaryKind.remote) this.port.send(encodeConsumed(track, unit.number));
  }

  #takeText(text: string): void {
    const value = JSON.parse(text) as Answer | AppEvent;
    if (!('event' in value)) {
      this.#answers.get(value.id)?.(value);
      expect(this.#answers.delete(value.id)).toBe(true);
      return;
    }
    this.events.push(value);
    if (value.event !== 'rooms') return;
    if (value.reset) this.rooms.clear();
    for (const room of value.rooms) this.rooms.set(room.id, room);
    for (const id of value.lost) this.rooms.delete(id);
  }

  #wake(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
