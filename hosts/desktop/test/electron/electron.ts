/**
 * Stands in for the module `electron` in tests of what our main process does with it, since its
 * binary is not everywhere. It does nothing by itself, and keeps what it was told.
 */
import { EventEmitter } from 'node:events';
import type { MessagePort } from 'node:worker_threads';

type Handler = (...args: readonly unknown[]) => unknown;

/** What was done, in order. */
export const journal: string[] = [];
/** The windows that were opened. */
export const windows: BrowserWindow[] = [];
/** What was set, by the name of the method. */
export const handlers: Record<string, Handler> = {};

/** Forgets what was told before. */
export function forget(): void {
  journal.length = 0;
  windows.length = 0;
  for (const emitter of [app, ipcMain]) emitter.removeAllListeners();
}

class WebContents extends EventEmitter {
  openHandler: (() => unknown) | undefined;

  setWindowOpenHandler(handler: () => unknown): void {
    this.openHandler = handler;
  }

  reload(): void {
    journal.push('reload');
  }
}

export class BrowserWindow extends EventEmitter {
  readonly webContents = new WebContents();
  readonly options: Readonly<Record<string, unknown>>;

  constructor(options: Readonly<Record<string, unknown>>) {
    super();
    this.options = options;
    windows.push(this);
    app.emit('web-contents-created', {}, this.webContents);
  }

  async loadURL(url: string): Promise<void> {
    journal.push(`load ${url}`);
  }

  show(): void {
    journal.push('show');
  }

  focus(): void {
    journal.push('focus');
  }

  restore(): void {
    journal.push('restore');
  }

  maximize(): void {
    journal.push('maximize');
  }

  isMinimized(): boolean {
    return true;
  }

  isMaximized(): boolean {
    return true;
  }

  getNormalBounds(): object {
    return { x: 10, y: 20, width: 900, height: 700 };
  }
}

export const app = Object.assign(new EventEmitter(), {
  isPackaged: false,
  /** Whether no other instance runs. */
  isFirst: true,
  enableSandbox: (): void => void journal.push('sandbox'),
  setName: (): void => undefined,
  setPath: (name: string): void => void journal.push(name),
  requestSingleInstanceLock: (): boolean => {
    journal.push('lock');
    return app.isFirst;
  },
  /** It never is; `run` is called by the tests. */
  whenReady: (): Promise<void> => {
    journal.push('wait');
    return new Promise(() => undefined);
  },
  exit: (): void => void journal.push('exit'),
  quit: (): void => {
    journal.push('quit');
    app.emit('quit-asked');
  },
});

export const ipcMain = new EventEmitter();

export const Menu = {
  buildFromTemplate: (template: object): object => template,
  setApplicationMenu: (): void => void journal.push('menu'),
};

const keep =
  (name: string) =>
  (handler: Handler): void => {
    handlers[name] = handler;
  };

export const protocol = {
  registerSchemesAsPrivileged: (schemes: readonly { scheme: string; privileges: object }[]) => {
    for (const { scheme, privileges } of schemes) {
      journal.push(`${scheme}: ${JSON.stringify(privileges)}`);
    }
  },
  handle: (scheme: string, handler: Handler): void => keep(scheme)(handler),
};

export const session = {
  defaultSession: {
    setPermissionRequestHandler: keep('request'),
    setPermissionCheckHandler: keep('check'),
    setDisplayMediaRequestHandler: keep('display'),
    on: (event: string, handler: Handler): void => keep(event)(handler),
  },
};

export const screen = {
  getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }],
};

export const dialog = {
  showMessageBox: async (_window: BrowserWindow, { message }: { readonly message: string }) => {
    journal.push(message);
    return { response: 0 };
  },
};

export const desktopCapturer = {
  getSources: async () => [{ id: 'screen:1:0', name: 'Entire screen' }],
};

export const systemPreferences = {
  askForMediaAccess: async (kind: string): Promise<boolean> => {
    journal.push(`ask for the ${kind}`);
    return true;
  },
  getMediaAccessStatus: (): string => 'granted',
};

/** Our end of a channel: as Node's, but listeners get events, and only after `start`. */
export class FakePortMain extends EventEmitter {
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    super();
    this.#port = port;
    // Electron says it where the other side closed.
    port.on('close', () => this.emit('close'));
  }

  start(): void {
    this.#port.on('message', (data: unknown) => this.emit('message', { data, ports: [] }));
  }

  postMessage(message: unknown): void {
    this.#port.postMessage(message);
  }

  close(): void {
    this.removeAllListeners('close');
    this.#port.close();
  }
}
