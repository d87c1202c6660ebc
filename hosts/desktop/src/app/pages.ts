import type { AppEvent, Method, Port } from '../messages/index.js';
import type { Logger } from '@roomkey/core/host';
import type { PageModuleRegistry } from './page-modules.js';
import { PageSession } from './page-session.js';

/** Time without a page before the call is left, ms. A reload takes one or two seconds. */
export const PAGE_GRACE_MS = 10_000;
/** Time without the active page before another one replaces it, ms. A reload is faster. */
export const TAKE_OVER_AFTER_MS = 3_000;
/** Notices queued for the next page. */
const MAX_WAITING_NOTICES = 20;

type NoticeEvent = Extract<AppEvent, { event: 'notice' }>;

export interface PagesOptions {
  readonly modules: PageModuleRegistry;
  readonly logger: Logger;
  /** The events that a new page gets before the page modules. */
  readonly snapshot: () => readonly AppEvent[];
  readonly onRequest: (page: PageSession, method: Method, params: unknown) => Promise<unknown>;
  /** Called when a different page becomes active. */
  readonly onActive: () => void;
  /** Called after 10 s without an active page. */
  readonly onAbsent: () => void;
}

/**
 * All open pages. The newest page is active, until an older one takes over: on the user's request,
 * or because the active page is gone.
 */
export class Pages {
  readonly #options: PagesOptions;
  readonly #sessions = new Set<PageSession>();
  readonly #listeners = new Set<(count: number) => void>();
  #active: PageSession | undefined;
  /** Pages that have been active, most recent last. */
  readonly #used = new Set<PageSession>();
  #takeOver: NodeJS.Timeout | undefined;
  #absence: NodeJS.Timeout | undefined;
  #queuedNotices: NoticeEvent[] = [];
  #isClosed = false;

  constructor(options: PagesOptions) {
    this.#options = options;
  }

  /** The active page. */
  get active(): PageSession | undefined {
    return this.#active;
  }

  get count(): number {
    return this.#sessions.size;
  }

  onCount(listener: (count: number) => void): () => void {
    const entry = (count: number): void => listener(count);
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  connect(port: Port): void {
    // A disconnected page reconnects at once, even during shutdown.
    if (this.#isClosed) {
      port.close();
      return;
    }
    const { logger, onRequest } = this.#options;
    const page = new PageSession(
      port,
      {
        onHello: (one) => this.activate(one),
        onRequest,
        onGone: (one) => this.#gone(one),
      },
      logger,
    );
    this.#sessions.add(page);
    this.#notifyCount();
  }

  /** Makes a page the active one. */
  activate(page: PageSession): void {
    if (this.#active === page) return;
    clearTimeout(this.#takeOver);
    clearTimeout(this.#absence);
    this.#used.delete(page);
    this.#used.add(page);
    const before = this.#active;
    // First, so that plugins find the new page when their old channels close.
    this.#active = page;
    before?.deactivate();
    const { modules, snapshot, onActive } = this.#options;
    page.activate(modules, snapshot());
    for (const notice of this.#queuedNotices.splice(0)) page.emit(notice);
    onActive();
  }

  /**
   * Sends an event to the active page. Without one, notices are queued; other events are part of
   * the next snapshot.
   */
  emit(event: AppEvent): void {
    if (this.#active !== undefined) this.#active.emit(event);
    else if (event.event === 'notice') {
      this.#queuedNotices.push(event);
      this.#queuedNotices.splice(0, this.#queuedNotices.length - MAX_WAITING_NOTICES);
    }
  }

  /** Closes all pages and refuses new ones. */
  close(): void {
    this.#isClosed = true;
    for (const page of this.#sessions) page.close();
    clearTimeout(this.#takeOver);
    clearTimeout(this.#absence);
  }

  #gone(page: PageSession): void {
    this.#sessions.delete(page);
    this.#used.delete(page);
    if (this.#active === page) {
      this.#active = undefined;
      if (!this.#isClosed) {
        this.#takeOver = setTimeout(() => {
          const last = [...this.#used].at(-1);
          if (last !== undefined) this.activate(last);
        }, TAKE_OVER_AFTER_MS);
        this.#absence = setTimeout(() => this.#options.onAbsent(), PAGE_GRACE_MS);
      }
    }
    this.#notifyCount();
  }

  #notifyCount(): void {
    for (const listener of this.#listeners) listener(this.#sessions.size);
  }
}
