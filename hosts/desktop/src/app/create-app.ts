import {
  createRoomkey,
  RoomkeyError,
  type LoadedConfig,
  type Logger,
  type StorageState,
} from '@roomkey/core/host';
import type { AppEvent, FailureView, Method, Port } from '../messages/index.js';
import { CallController } from './call-controller.js';
import { CurrentAccount } from './current-account.js';
import { failureOf } from './failure.js';
import { createHandlers } from './handlers.js';
import { PageModuleRegistry } from './page-modules.js';
import type { PageSession } from './page-session.js';
import { Pages } from './pages.js';
import { RoomFeed } from './room-feed.js';
import { SettingsFile } from './settings-file.js';
import { configSourceWarning, forwardWarnings } from './warnings.js';

/** What `createApp` takes. */
export interface AppOptions {
  /** From `readConfig`. */
  readonly config: LoadedConfig;
  readonly logger: Logger;
  /** Roomkey's version, to be shown. */
  readonly version: string;
  /** Aborts the start. */
  readonly signal?: AbortSignal;
}

/** The app behind the pages that are let in. */
export interface DesktopApp {
  /** Takes a page that was let in; its first text is the `Hello`. */
  connect(port: Port): void;
  /**
   * The file to serve as `/halves/<path>`: a file of a plugin's half.
   *
   * @param path as it stands in the URL, such as `0/worker.js`
   * @returns its absolute path; undefined where nothing is to be served
   */
  moduleFile(path: string): string | undefined;
  /** How many pages are open. */
  readonly pages: number;
  /** Tells of every change of `pages`. @returns ends that */
  onPages(listener: (count: number) => void): () => void;
  /** Leaves the call and stops everything; can be called twice. @throws as `Roomkey.close` */
  close(): Promise<void>;
}

/**
 * Starts Roomkey for pages.
 *
 * @throws RoomkeyError as `createRoomkey` does
 */
export async function createApp(options: AppOptions): Promise<DesktopApp> {
  const { config, version } = options;
  /** What the person should know before there is somebody to tell. */
  const early: FailureView[] = [];
  const source = configSourceWarning(config.notices);
  if (source !== undefined) early.push(source);
  let warn = (warning: FailureView): void => void early.push(warning);
  const logger = forwardWarnings(options.logger, (warning) => warn(warning));
  const modules = new PageModuleRegistry(logger);
  const roomkey = await createRoomkey({
    config,
    hostFolder: import.meta.dirname,
    logger,
    page: modules,
    ...(options.signal !== undefined && { signal: options.signal }),
  });
  const emit = (event: AppEvent): void => pages.emit(event);
  const notice = (topic: 'app' | 'storage', error: unknown): void =>
    emit({ event: 'notice', topic, failure: failureOf(error, logger) });
  const storageEvent = (state: StorageState): AppEvent => ({
    event: 'storage',
    failure: state.available ? null : failureOf(state.error, logger),
  });
  const snapshot = (): AppEvent[] => [
    { event: 'app', version, plugins: roomkey.plugins },
    { event: 'settings', settings: settings.current },
    account.event,
    storageEvent(roomkey.storage.state),
    rooms.snapshot,
    calls.event,
  ];
  const onRequest = async (
    page: PageSession,
    method: Method,
    params: unknown,
  ): Promise<unknown> => {
    if (page !== pages.active && method !== 'page.activate') throw elsewhere();
    // The session has checked that the parameters are the method's.
    return await handlers[method](params as never, page);
  };
  const pages: Pages = new Pages({
    modules,
    logger,
    snapshot,
    onRequest,
    onKeyFrameNeeded: () => calls.requestKeyFrame(),
    onActive: () => calls.changePage(),
    onAbsent: () => void calls.leave(),
  });
  warn = (failure) => emit({ event: 'notice', topic: 'app', failure });
  for (const warning of early) warn(warning);
  const settings = await SettingsFile.open(config.folders.config, (error) => notice('app', error));
  const rooms = new RoomFeed({
    rooms: roomkey.rooms,
    emit,
    onFailure: (error) => notice('storage', error),
  });
  const account = new CurrentAccount({
    accounts: roomkey.accounts,
    rooms: roomkey.rooms,
    configFolder: config.folders.config,
    logger,
    onChange: async () => {
      await calls.leave();
      rooms.lockAll();
      emit(account.event);
      await rooms.restart(account.signedIn);
    },
  });
  const calls = new CallController({
    roomkey,
    account,
    rooms,
    settings: () => settings.current,
    page: () => pages.active,
    emit,
    logger,
  });
  const handlers = createHandlers({ roomkey, account, rooms, calls, settings, pages });
  roomkey.storage.on('change', (state) => {
    emit(storageEvent(state));
    if (state.available) void rooms.restart(account.signedIn);
  });
  await account.load().catch((error: unknown) => notice('app', error));
  await rooms.restart(account.signedIn);

  const closeAll = async (): Promise<void> => {
    pages.close();
    await calls.leave();
    await rooms.stop();
    await roomkey.close();
  };
  let closing: Promise<void> | undefined;
  return {
    connect: (port) => pages.connect(port),
    moduleFile: (path) => modules.moduleFile(path),
    get pages() {
      return pages.count;
    },
    onPages: (listener) => pages.onCount(listener),
    close: () => (closing ??= closeAll()),
  };
}

function elsewhere(): RoomkeyError {
  return new RoomkeyError(
    'RK_CLOSED',
    'Roomkey is open in another window. Use that one, or take it over to this one.',
  );
}
