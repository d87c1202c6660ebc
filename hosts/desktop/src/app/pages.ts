import type { AppEvent, Method, Port } from '../messages/index.js';
import type { Logger } from '@roomkey/core/host';
import type { PageModuleRegistry } from './page-modules.js';
import { PageSession } from './page-session.js';

/** How long a page may be gone, ms: it is loaded again in one or two seconds. */
export const PAGE_GRACE_MS = 10_000;
/** How long the page in use may be gone before another one takes its place, ms: a reload is shorter. */
export const TAKE_OVER_AFTER_MS = 3_000;
/** Notices that wait for a page. */
const MAX_WAITING_NOTICES = 20;

type NoticeEvent = Extract<AppEvent, { event: 'notice' }>;

/** What `Pages` works with. */
export interface PagesOptions {
  readonly modules: PageModuleRegistry;
  readonly logger: Logger;
  /** All that a page gets once, but its halves. */
  readonly snapshot: () => readonly AppEvent[];
  readonly onRequest: (page: PageSession, method: Method, params: unknown) => Promise<unknown>;
  readonly onKeyFrameNeeded: () => void;
  /** There is another page in use than before. */
  readonly onActive: () => void;
  /** For 10 s there was none in use. */
  readonly onAbsent: () => void;
}

/**
 * All pages that are open, of which the newest is the one in use until an older one takes over: because
 * the person wants it, or because the one in use is gone.
 */
export class Pages {
  readonly #options: PagesOptions;
  readonly #sessions = new Set<PageSession>();
  readonly #listeners = new Set<(count: number) => void>();
  #active: PageSession | undefined;
  /** The pages that were in use, the last one last. */
  readonly #used = new Set<PageSession>();
  #takeOver: NodeJS.Timeout | undefined;
  #absence: NodeJS.Timeout | undefined;
  #queuedNotices: NoticeEvent[] = [];
  #isClosed = false;

  constructor(options: PagesOptions) {
    this.#options = options;
  }

  /** The page in use. */
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
    // A page whose connection broke tries again at once, also while the app ends.
    if (this.#isClosed) {
      port.close();
      return;
    }
    const { logger, onRequest, onKeyFrameNeeded } = this.#options;
    const page = new PageSession(
      port,
      {
        onHello: (one) => this.activate(one),
        onRequest,
        onKeyFrameNeeded,
        onGone: (one) => this.#gone(one),
      },
      logger,
    );
    this.#sessions.add(page);
    this.#notifyCount();
  }

  /** Makes a page the one in use. */
  activate(page: PageSession): void {
    if (this.#active === page) return;
    clearTimeout(this.#takeOver);
    clearTimeout(this.#absence);
    this.#used.delete(page);
    this.#used.add(page);
    const before = this.#active;
    // First, so that whatever the plugins do when their old channels end finds the new page.
    this.#active = page;
    before?.deactivate();
    const { modules, snapshot, onActive } = this.#options;
    page.activate(modules, snapshot());
    for (const notice of this.#queuedNotices.splice(0)) page.emit(notice);
    onActive();
  }

  /** Tells the page in use. Where there is none, notices wait for it; the rest it gets anyway. */
  emit(event: AppEvent): void {
    if (this.#active !== undefined) this.#active.emit(event);
    else if (event.event === 'notice') {
      this.#queuedNotices.push(event);
      this.#queuedNotices.splice(0, this.#queuedNotices.length - MAX_WAITING_NOTICES);
    }
  }

  /** Closes all; none comes in any more. */
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
