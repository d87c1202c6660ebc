import type {
  Answer,
  AppEvent,
  Hello,
  Method,
  PageUnit,
  ParamsOf,
  ResultOf,
} from '../../messages/index.js';
import type { PageSound } from '@roomkey/core/host';
import type { VideoKind } from '@roomkey/core/wire';
import {
  BinaryKind,
  decodePageUnit,
  encodePluginMessage,
  encodeConsumed,
} from '../../messages/binary.js';
import type { ClientTransport, ClientTransportEvents, CloseReason } from './client-transport.js';
import { ModuleRunner } from './module-runner.js';
import { RequestError } from './request-error.js';

/** The page's connection to the app. Each listener is set once. */
export interface Client {
  /** @throws RequestError */
  request<M extends Method>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>>;
  /** Called for every event. After a reconnect the full snapshot comes again. */
  onEvent(listener: (event: AppEvent) => void): void;
  /** Called for every unit of a participant, or of an own track whose source runs in Node.js. */
  onUnit(listener: (unit: PageUnit) => void): void;
  /** Call when a remote unit was drawn, or skipped on purpose: its sender waits for this. */
  consumeUnit(track: VideoKind, number: number): void;
  /** Called with the stream of the own camera, if that is in the page; undefined: it has ended. */
  onPreviewStream(listener: (track: VideoKind, stream: MediaStream | undefined) => void): void;
  /** Called with what a plugin's page side can do with sound; undefined: it can no longer. */
  onSound(listener: (sound: PageSound | undefined) => void): void;
  /**
   * Called when the connection is lost and being restored, when the app is silent although
   * connected, and when it is back.
   */
  onConnection(listener: (connection: ConnectionChange) => void): void;
  /** Called once, when the connection is closed for good; immediately if it already is. */
  onClose(listener: (reason: CloseReason) => void): void;
}

/** Changes of the connection before it closes. */
export type ConnectionChange = 'lost' | 'silent' | 'back';

interface Pending {
  resolve(result: unknown): void;
  reject(error: RequestError): void;
}

export class PageClient implements Client {
  readonly #hello: Hello['hello'];
  readonly #transport: ClientTransport;
  readonly #modules: ModuleRunner;
  readonly #pending = new Map<number, Pending>();
  #nextId = 0;
  #isOpen = false;
  #onEvent: (event: AppEvent) => void = () => undefined;
  #onUnit: (unit: PageUnit) => void = () => undefined;
  #onPreviewStream: (track: VideoKind, stream: MediaStream | undefined) => void = () => undefined;
  #onSound: (sound: PageSound | undefined) => void = () => undefined;
  #onConnection: (connection: ConnectionChange) => void = () => undefined;
  #onClose: (reason: CloseReason) => void = () => undefined;
  #wasLost = false;
  #closeReason: CloseReason | undefined;

  /** @param open opens the transport, which emits its first event asynchronously */
  constructor(hello: Hello['hello'], open: (events: ClientTransportEvents) => ClientTransport) {
    this.#hello = hello;
    this.#modules = new ModuleRunner({
      send: (plugin, message) =>
        this.#transport.send(
          typeof message === 'string'
            ? JSON.stringify({ plugin, text: message })
            : encodePluginMessage(plugin, message),
        ),
      showPreview: (track, stream) => this.#onPreviewStream(track, stream),
      offerSound: (sound) => this.#onSound(sound),
      onFailure: (module, cause) => this.#reportModuleFailure(module, cause),
    });
    this.#transport = open({
      onOpen: () => {
        this.#isOpen = true;
        this.#transport.send(JSON.stringify({ hello: this.#hello } satisfies Hello));
        if (this.#wasLost) this.#onConnection('back');
      },
      onMessage: (message) =>
        typeof message === 'string' ? this.#onText(message) : this.#onBinary(message),
      onSilence: (isSilent) => this.#onConnection(isSilent ? 'silent' : 'back'),
      onBreak: () => {
        this.#onBreak();
        this.#wasLost = true;
        this.#onConnection('lost');
      },
      onClose: (reason) => {
        this.#onBreak();
        this.#closeReason = reason;
        this.#onClose(reason);
      },
    });
  }

  request<M extends Method>(method: M, params: ParamsOf<M>): Promise<ResultOf<M>> {
    if (!this.#isOpen) return Promise.reject(goneError());
    const id = this.#nextId;
    this.#nextId += 1;
    this.#transport.send(JSON.stringify({ id, method, params }));
    return new Promise<unknown>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
    }) as Promise<ResultOf<M>>;
  }

  onEvent(listener: (event: AppEvent) => void): void {
    this.#onEvent = listener;
  }

  onUnit(listener: (unit: PageUnit) => void): void {
    this.#onUnit = listener;
  }

  consumeUnit(track: VideoKind, number: number): void {
    if (this.#isOpen) this.#transport.send(encodeConsumed(track, number));
  }

  onPreviewStream(listener: (track: VideoKind, stream: MediaStream | undefined) => void): void {
    this.#onPreviewStream = listener;
  }

  onSound(listener: (sound: PageSound | undefined) => void): void {
    this.#onSound = listener;
  }

  onConnection(listener: (connection: ConnectionChange) => void): void {
    this.#onConnection = listener;
  }

  onClose(listener: (reason: CloseReason) => void): void {
    this.#onClose = listener;
    if (this.#closeReason !== undefined) listener(this.#closeReason);
  }

  #onText(text: string): void {
    const message = JSON.parse(text) as Answer | AppEvent;
    if ('id' in message) this.#onAnswer(message);
    else if (message.event === 'plugin-text') this.#modules.deliver(message.plugin, message.text);
    else {
      if (message.event === 'page-modules') this.#modules.run(message.modules);
      // The active page's modules have the Node.js side now.
      if (message.event === 'page' && message.state === 'elsewhere') this.#modules.stop();
      this.#onEvent(message);
    }
  }

  #onBinary(message: Uint8Array): void {
    if (message[0] === BinaryKind.plugin)
      this.#modules.deliver(message[1] ?? 0, message.subarray(2));
    else this.#onUnit(decodePageUnit(message));
  }

  #onAnswer(answer: Answer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if ('result' in answer) pending?.resolve(answer.result);
    else pending?.reject(new RequestError(answer.error));
  }

  #onBreak(): void {
    this.#isOpen = false;
    this.#modules.stop();
    for (const request of this.#pending.values()) request.reject(goneError());
    this.#pending.clear();
  }

  #reportModuleFailure(module: string, cause: unknown): void {
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    this.#onEvent({
      event: 'notice',
      topic: 'app',
      failure: {
        code: 'unexpected',
        message: 'The camera couldn’t be loaded. Close this window and open Roomkey again.',
        details: `${module}: ${why}`,
      },
    });
  }
}

/** It is unknown whether the request was carried out. */
function goneError(): RequestError {
  return new RequestError({
    code: 'unexpected',
    message: 'Roomkey isn’t responding. Try again in a moment.',
  });
}
