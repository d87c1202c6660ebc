import {
  AudioDevices,
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
import { MicrophoneTest } from './microphone-test.js';
import { PageModuleRegistry } from './page-modules.js';
import type { PageSession } from './page-session.js';
import { Pages } from './pages.js';
import { RoomFeed } from './room-feed.js';
import { SettingsFile } from './settings-file.js';
import { configSourceWarning, forwardWarnings } from './warnings.js';

export interface AppOptions {
  /** As `readConfig` returns it. */
  readonly config: LoadedConfig;
  readonly logger: Logger;
  /** Version shown in the window. */
  readonly version: string;
  /** Aborts the startup. */
  readonly signal?: AbortSignal;
}

/** The app behind the authenticated pages. */
export interface DesktopApp {
  /** Connects an authenticated page. Its first message is a `Hello`. */
  connect(port: Port): void;
  /**
   * Resolves a request for `/plugins/<path>`: a file beside a plugin's page module.
   *
   * @param path as in the URL, such as `0/worker.js`
   * @returns the absolute path; `undefined` if there is nothing to serve
   */
  moduleFile(path: string): string | undefined;
  /** Number of open pages. */
  readonly pages: number;
  /** Calls `listener` when `pages` changes. @returns unsubscribes */
  onPages(listener: (count: number) => void): () => void;
  /** Leaves the call and stops everything. Idempotent. @throws as `Roomkey.close` */
  close(): Promise<void>;
}

/**
 * Starts Roomkey behind pages.
 *
 * @throws RoomkeyError as `createRoomkey`
 */
export async function createApp(options: AppOptions): Promise<DesktopApp> {
  const { config, version } = options;
  /** Warnings from before the first page connects. */
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
    // `PageSession` validated the parameters for this method.
    return await handlers[method](params as never, page);
  };
  const pages: Pages = new Pages({
    modules,
    logger,
    snapshot,
    onRequest,
    onActive: () => {
      void microphoneTest.stop();
      calls.changePage();
    },
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
  const audio = (): AudioDevices => roomkey.service(AudioDevices);
  const calls = new CallController({
    roomkey,
    account,
    rooms,
    audio,
    settings: () => settings.current,
    page: () => pages.active,
    emit,
    logger,
  });
  const microphoneTest = new MicrophoneTest(
    audio,
    () => settings.current,
    (levels) => emit({ event: 'levels', ...levels }),
  );
  const handlers = createHandlers({
    roomkey,
    account,
    rooms,
    calls,
    settings,
    microphoneTest,
    pages,
  });
  roomkey.storage.on('change', (state) => {
    emit(storageEvent(state));
    if (state.available) void rooms.restart(account.signedIn);
  });
  await account.load().catch((error: unknown) => notice('app', error));
  await rooms.restart(account.signedIn);

  const closeAll = async (): Promise<void> => {
    pages.close();
    await microphoneTest.stop();
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
