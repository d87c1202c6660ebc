/**
 * Mock of the module `electron` for tests of the main process, since its binary is not available
 * everywhere. It only records calls.
 */
import { EventEmitter } from 'node:events';
import type { MessagePort } from 'node:worker_threads';

type Handler = (...args: readonly unknown[]) => unknown;

/** Actions in order. */
export const journal: string[] = [];
/** Opened windows. */
export const windows: BrowserWindow[] = [];
/** Values set, by method name. */
export const handlers: Record<string, Handler> = {};

/** Resets all records. */
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
  commandLine: { appendSwitch: (): void => undefined },
  setName: (): void => undefined,
  setPath: (name: string): void => void journal.push(name),
  requestSingleInstanceLock: (): boolean => {
    journal.push('lock');
    return app.isFirst;
  },
  /** Never resolves; tests call `run` themselves. */
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

/**
 * The main process's end of a channel: like Node.js's, but listeners get events, and only after
 * `start`.
 */
export class FakePortMain extends EventEmitter {
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    super();
    this.#port = port;
    // Electron reports a close by the other side.
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
