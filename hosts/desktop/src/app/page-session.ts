import { z } from 'zod';
import type { Logger, VideoUnit, VideoKind } from '@roomkey/core/host';
import {
  BinaryKind,
  decodeConsumed,
  encodePluginMessage,
  encodePreviewUnit,
  encodeRemoteUnit,
  helloSchema,
  requestSchema,
  requestSchemas,
  type Answer,
  type AppEvent,
  type FailureView,
  type PluginText,
  type Hello,
  type Method,
  type Port,
} from '../messages/index.js';
import { parseJson } from '../parse-json.js';
import { failureOf } from './failure.js';
import type { PluginChannels, PageModuleRegistry } from './page-modules.js';

/** Characters. Our page's largest text is a request with two passwords. */
const MAX_TEXT_LENGTH = 64 * 1024;
/** A frame of at most 1 MiB, plus the plugin's header. */
const MAX_BINARY_BYTES = 1024 * 1024 + 4096;
/** Less than one picture, so that at most one preview is queued and a participant's units go first. */
const MAX_PENDING_PREVIEW_BYTES = 64 * 1024;
/**
 * A stream's credit is eight units, but a participant can end it and open the next one while the page
 * has units of the first.
 */
const MAX_UNCONSUMED_UNITS = 8;
/** Limit of unanswered requests. Our own page has a handful. */
const MAX_OPEN_REQUESTS = 64;

const pluginTextSchema: z.ZodType<PluginText> = z.strictObject({
  plugin: z.int().min(0),
  text: z.string(),
});

export interface PageSessionHandlers {
  /** The page has sent its `Hello`. */
  onHello(page: PageSession): void;
  /** @returns the result of a validated request */
  onRequest(page: PageSession, method: Method, params: unknown): Promise<unknown>;
  /** Called once. */
  onGone(page: PageSession): void;
}

/** Why our own page would never send this message. */
class ProtocolViolation extends Error {}

/**
 * A connected page: parses its messages and answers its requests. A protocol violation is a bug in
 * our page, or means a foreign page: it is closed.
 */
export class PageSession {
  readonly #port: Port;
  readonly #handlers: PageSessionHandlers;
  readonly #logger: Logger;
  #hello: Hello['hello'] | undefined;
  #openRequests = 0;
  /** Present while the page is active. */
  #active: PluginChannels | undefined;
  /** Units that the page has and has not consumed, by number. */
  readonly #unconsumed: Readonly<Record<VideoKind, Map<number, () => void>>> = {
    camera: new Map(),
    screen: new Map(),
  };
  /** Numbers the units for the page, since each stream counts its own from 0. */
  #remoteUnits = 0;
  #previews = 0;

  constructor(port: Port, handlers: PageSessionHandlers, logger: Logger) {
    this.#port = port;
    this.#handlers = handlers;
    this.#logger = logger;
    port.onClose(() => {
      // First, so that plugins see the page gone when their channels close.
      handlers.onGone(this);
      this.#release();
    });
    port.onMessage((message) => this.#receive(message));
  }

  /** Codecs that the page can show. */
  get codecs(): Hello['hello']['codecs'] {
    return this.#hello?.codecs ?? [];
  }

  /** Makes this the active page. @param events sent before the page modules */
  activate(modules: PageModuleRegistry, events: readonly AppEvent[]): void {
    for (const event of events) this.emit(event);
    this.#active = modules.open({
      sendModules: (urls) => this.emit({ event: 'page-modules', modules: urls }),
      send: (plugin, message) => this.#sendPluginMessage(plugin, message),
    });
    this.emit({ event: 'page', state: 'active' });
  }

  /** Call when another page becomes active. */
  deactivate(): void {
    this.#release();
    this.emit({ event: 'page', state: 'elsewhere' });
  }

  emit(event: AppEvent): void {
    this.#port.send(JSON.stringify(event));
  }

  /**
   * Sends a unit of a participant's track, unless the page has not consumed eight of its kind.
   *
   * @param bytes header included
   * @param consumed called when the page has drawn it, or skipped it on purpose
   * @returns whether it was sent
   */
  sendRemote(track: VideoKind, bytes: Uint8Array, consumed: () => void): boolean {
    const unconsumed = this.#unconsumed[track];
    if (unconsumed.size >= MAX_UNCONSUMED_UNITS) return false;
    const number = this.#remoteUnits++ % 2 ** 32;
    unconsumed.set(number, consumed);
    this.#port.send(encodeRemoteUnit(track, number, bytes));
    return true;
  }

  /** Sends a picture of an own track, unless the page is behind. */
  sendPreview(track: VideoKind, unit: VideoUnit): void {
    if (this.#active === undefined || this.#port.pendingBytes > MAX_PENDING_PREVIEW_BYTES) return;
    this.#port.send(encodePreviewUnit(track, unit, this.#previews++ % 2 ** 32));
  }

  close(): void {
    this.#port.close();
  }

  #release(): void {
    this.#active?.close();
    this.#active = undefined;
    for (const units of Object.values(this.#unconsumed)) units.clear();
  }

  #receive(message: string | Uint8Array): void {
    try {
      if (typeof message === 'string') this.#receiveText(message);
      else this.#receiveBinary(message);
    } catch (error) {
      if (error instanceof ProtocolViolation) {
        this.#logger.warn(`A page was closed: ${error.message}`);
        this.#port.close();
      } else {
        // An exception in a plugin must not end the app.
        failureOf(error, this.#logger);
      }
    }
  }

  #receiveText(text: string): void {
    if (text.length > MAX_TEXT_LENGTH) throw new ProtocolViolation('its message is too long');
    const value = parseJson(text);
    if (this.#hello === undefined) {
      this.#hello = parse(helloSchema, value).hello;
      this.#handlers.onHello(this);
      return;
    }
    if (typeof value === 'object' && value !== null && 'plugin' in value) {
      const { plugin, text: body } = parse(pluginTextSchema, value);
      this.#receivePluginMessage(plugin, body);
      return;
    }
    const { id, method, params } = parse(requestSchema, value);
    const checked = parse<unknown>(requestSchemas[method], params);
    if (this.#openRequests >= MAX_OPEN_REQUESTS) throw new ProtocolViolation('it asks too much');
    void this.#answer(id, method, checked);
  }

  #receiveBinary(message: Uint8Array): void {
    if (this.#hello === undefined) throw new ProtocolViolation('it did not say what it is');
    const [kind, plugin] = message;
    if (kind === BinaryKind.consumed) {
      this.#onConsumed(message);
      return;
    }
    if (message.length > MAX_BINARY_BYTES || kind !== BinaryKind.plugin || plugin === undefined) {
      throw new ProtocolViolation('it sent bytes that mean nothing');
    }
    this.#receivePluginMessage(plugin, message.subarray(2));
  }

  #onConsumed(message: Uint8Array): void {
    let unit;
    try {
      unit = decodeConsumed(message);
    } catch {
      throw new ProtocolViolation('it took a unit that makes no sense');
    }
    // Unknown if its track has ended in the meantime.
    const unconsumed = this.#unconsumed[unit.track];
    unconsumed.get(unit.number)?.();
    unconsumed.delete(unit.number);
  }

  #receivePluginMessage(plugin: number, message: string | Uint8Array): void {
    // Messages that were in flight when another page took over are dropped.
    if (this.#active !== undefined && !this.#active.receive(plugin, message)) {
      throw new ProtocolViolation('it wrote to a plugin that does not exist');
    }
  }

  #sendPluginMessage(plugin: number, message: string | Uint8Array): void {
    if (typeof message === 'string') this.emit({ event: 'plugin-text', plugin, text: message });
    else this.#port.send(encodePluginMessage(plugin, message));
  }

  async #answer(id: number, method: Method, params: unknown): Promise<void> {
    this.#openRequests += 1;
    let answer: Answer;
    try {
      answer = { id, result: (await this.#handlers.onRequest(this, method, params)) ?? null };
    } catch (error) {
      const failure: FailureView = failureOf(error, this.#logger);
      answer = { id, error: failure };
    }
    this.#openRequests -= 1;
    this.#port.send(JSON.stringify(answer));
  }
}

/** Without the schema's messages: they quote the input, which may be a password. */
function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map(({ path }) => path.join('.') || 'the whole');
  throw new ProtocolViolation(`it sent what no page of ours sends (${places.join(', ')})`);
}
