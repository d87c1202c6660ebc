import { existsSync } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readConfig, secretVariables, withService } from '@roomkey/core/host';
import { MemoryLogger } from '../../../../plugins/discovery-udp/test/udp-test-network.js';
import { freeUdpPort } from '../../../../test/support/free-port.js';
import type { WindowChoice } from '../../src/launch/choose-window.js';
import { runElectron, WINDOW_IS_OPEN } from '../../src/launch/run-electron.js';
import { runServer, type Opened } from '../../src/launch/run-server.js';
import { temporaryFolder } from '../server/support.js';
import { fakePrograms, type Started } from './fake-program.js';

const WS = createRequire(import.meta.url).resolve('ws');

/** Does what a browser does with a launch file: opens and authenticates the page. */
const OPEN_PAGE = `
  const { readFileSync } = require('node:fs');
  const { createHmac, randomBytes } = require('node:crypto');
  const file = args.map((arg) => arg.replace('--app=file://', '')).find((arg) => arg.endsWith('.html'));
  const address = new URL(/url=([^"]+)/.exec(readFileSync(file, 'utf8'))[1]);
  const WebSocket = require(${JSON.stringify(WS)});
  const mac = (...parts) =>
    createHmac('sha256', address.hash.slice(7)).update(['roomkey page 1', ...parts].join('\\n')).digest('base64url');
  // Systems differ in whether they resolve names below localhost.
  const socket = new WebSocket('ws://127.0.0.1:' + address.port + '/port', {
    origin: address.origin,
    headers: { Host: address.host },
  });
  const page = randomBytes(32).toString('base64url');
  socket.on('open', () => socket.send(JSON.stringify({ key: mac('id'), nonce: page })));
  socket.once('message', (first) => {
    const { nonce } = JSON.parse(first);
    socket.send(JSON.stringify({ proof: mac('page', page, nonce, address.host) }));
    socket.once('message', () => {
      socket.send(JSON.stringify({ hello: { codecs: ['jpeg'] } }));
      socket.once('message', () => report(address.href));
    });
  });`;

/** Variables that no browser may get. */
const secrets = Object.fromEntries(secretVariables.map((name) => [name, 'secret']));

const secretsIn = ({ environment }: Started): string[] =>
  secretVariables.filter((name) => name in environment);

/** The app of a user with fake programs. */
async function person() {
  const folder = await temporaryFolder();
  const programs = await fakePrograms(join(folder, 'programs'));
  const environment = { ROOMKEY_HOME: join(folder, '.home'), PATH: join(folder, 'programs') };
  const read = await readConfig({ workingDirectory: folder, environment });
  const discovery = { use: '@roomkey/discovery-udp', config: { port: await freeUdpPort() } };
  const nearby = withService(read, 'discovery', { allOf: [discovery] });
  const config = withService(nearby, 'camera', '@roomkey/camera-pattern');
  const ending = new AbortController();
  const said: string[] = [];
  const hearers: ((sentence: string) => void)[] = [];

  const run = (window: WindowChoice) => {
    let finished!: Promise<void>;
    const opened = new Promise<Opened>((onOpened, reject) => {
      finished = runServer({
        config,
        logger: new MemoryLogger(),
        version: '1.2.3',
        signal: ending.signal,
        host: {
          platform: 'linux',
          environment: { ...environment, ...secrets },
          home: folder,
          isRoot: false,
        },
        window,
        onOpened,
        print: (sentence) => {
          said.push(sentence);
          hearers.shift()?.(sentence);
        },
      });
      finished.catch(reject);
    });
    return { opened, finished };
  };
  return {
    folder,
    config: config.folders.config,
    programs,
    run,
    end: () => ending.abort(),
    said,
    nextSentence: () => new Promise<string>((resolve) => hearers.push(resolve)),
  };
}

function appWindow(path: string): WindowChoice {
  return { kind: 'app-window', browser: { name: 'Chromium', path } };
}

async function isListening(address: string): Promise<boolean> {
  return fetch(`http://127.0.0.1:${new URL(address).port}/`).then(
    () => true,
    () => false,
  );
}

describe('an app window', () => {
  it('runs in a process and profile of its own, and no argument contains a token', async () => {
    const { programs, run, config } = await person();
    const { opened, finished } = run(appWindow(await programs.make('chromium')));
    const browser = await programs.next();
    const { window, address, text } = await opened;
    expect(window).toBe('app-window');
    expect(text).toContain('Chromium');
    const file = fileURLToPath(browser.args[0]!.slice('--app='.length));
    expect(browser.args).toContain(`--user-data-dir=${join(config, `browser-${process.pid}`)}`);
    expect(browser.args).toContain('--autoplay-policy=no-user-gesture-required');
    expect(browser.args).toContain('--enable-features=ChromeWideEchoCancellation');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(secretsIn(browser)).toEqual([]);

    const shown = await browser.does(OPEN_PAGE);
    const token = new URL(shown).hash.slice('#token='.length);
    expect(token).toMatch(/^[\w-]{43}$/);
    // Each window gets a different address.
    expect(address).not.toContain(token);
    for (const seen of [...browser.args, JSON.stringify(browser.environment)]) {
      expect(seen).not.toContain(token);
      expect(seen).not.toContain(new URL(address!).hash.slice('#token='.length));
    }
    // It is no longer needed.
    await expect.poll(() => existsSync(file), { interval: 5, timeout: 20_000 }).toBe(false);

    browser.ends(0);
    await finished;
    expect(await isListening(address!)).toBe(false);
    expect(
      (await readdir(config)).filter((name) => /^roomkey-launch|^browser-/.test(name)),
    ).toEqual([]);
  });

  it('is closed when Roomkey ends, and leaves no launch file', async () => {
    const { programs, run, config, end } = await person();
    const { opened, finished } = run(appWindow(await programs.make('chromium')));
    const browser = await programs.next();
    await opened;
    end();
    await Promise.all([finished, browser.gone]);
    expect((await readdir(config)).filter((name) => name.startsWith('roomkey-launch'))).toEqual([]);
  });

  it('that fails to open is reported, with the address', async () => {
    const { programs, run, config, end, nextSentence } = await person();
    const { finished } = run(appWindow(await programs.make('chromium')));
    const printed = nextSentence();
    (await programs.next()).ends(7);
    const sentence = await printed;
    expect((await readdir(config)).filter((name) => name.startsWith('roomkey-launch'))).toEqual([]);
    expect(sentence).toContain('Chromium did not open (exit code 7)');
    const [address] = /http:\S+#token=\S+/.exec(sentence) ?? [];
    expect(await isListening(address!)).toBe(true);
    end();
    await finished;
  });

  it('whose program is missing is reported', async () => {
    const { folder, run, end, nextSentence } = await person();
    const printed = nextSentence();
    const { finished } = run(appWindow(join(folder, 'nothing')));
    expect(await printed).toContain('did not open (it does not exist)');
    end();
    await finished;
  });

  it('beside another run has its own profile, which is removed', async () => {
    const { programs, run, config, end } = await person();
    const path = await programs.make('chromium');
    const first = run(appWindow(path));
    await programs.next();
    const second = run(appWindow(path));
    const browser = await programs.next();
    const option = browser.args.find((arg) => arg.startsWith('--user-data-dir='))!;
    const profile = option.slice('--user-data-dir='.length);
    expect(basename(profile)).toMatch(/^browser-\d+$/);
    const make = `require('node:fs').mkdirSync(${JSON.stringify(profile)}); report('made');`;
    expect(await browser.does(make)).toBe('made');
    end();
    await Promise.all([first.finished, second.finished]);
    expect((await readdir(config)).filter((name) => name.startsWith('browser-'))).toEqual([]);
  });
});

describe('a tab', () => {
  it('is opened through the launch file; the opener may exit', async () => {
    const { programs, run, end, said } = await person();
    const program = await programs.make('firefox');
    const { opened, finished } = run({ kind: 'tab', name: 'Firefox', program });
    const browser = await programs.next();
    expect(browser.args).toEqual([expect.stringMatching(/roomkey-launch-\d+-\w+\/roomkey\.html$/)]);
    expect(await browser.does(OPEN_PAGE)).toContain('#token=');
    browser.ends(0);
    await browser.gone;
    const { address } = await opened;
    expect(await isListening(address!)).toBe(true);
    expect(said).toEqual([]);
    end();
    await finished;
  });

  it.runIf(process.platform === 'linux').for([
    ['snap, through a file outside hidden folders', 'firefox_firefox.desktop', true],
    ['normal program, through a file in Roomkey’s folder', 'firefox-esr.desktop', false],
    ['flatpak, through a file in Roomkey’s folder', 'org.mozilla.firefox.desktop', false],
    ['unknown program, through a file in Roomkey’s folder', undefined, false],
  ] as const)('of a default browser that is a %s, is opened', async ([, desktopFile, isSnap]) => {
    const { folder, config, programs, run, end } = await person();
    await programs.make('xdg-open');
    if (desktopFile !== undefined) {
      // A program that got a secret does not answer.
      const answer = `[ "$MONGO_URI$*" = 'query default text/html' ] && echo '${desktopFile}'`;
      await writeFile(join(folder, 'programs/xdg-mime'), `#!/bin/sh\n${answer}\n`, { mode: 0o755 });
    }
    const { finished } = run({ kind: 'tab', name: 'the default browser' });
    const browser = await programs.next();
    expect(secretsIn(browser)).toEqual([]);
    const file = browser.args[0]!;
    expect(dirname(dirname(file))).toBe(isSnap ? folder : config);
    expect((await stat(dirname(file))).mode & 0o777).toBe(0o700);
    expect(await browser.does(OPEN_PAGE)).toContain('#token=');
    await expect
      .poll(() => existsSync(dirname(file)), { interval: 5, timeout: 20_000 })
      .toBe(false);
    end();
    await finished;
  });

  it('of a default browser that cannot be opened is replaced by the address', async () => {
    const { run, end, nextSentence } = await person();
    const printed = nextSentence();
    const { finished } = run({ kind: 'tab', name: 'the default browser' });
    expect(await printed).toMatch(/no xdg-open.*\n {2}http:.*#token=/);
    end();
    await finished;
  });
});

it('without a window, the address is printed and the app runs until it is stopped', async () => {
  const { run, end, config } = await person();
  const { opened, finished } = run({ kind: 'address', because: 'There is no display here. ' });
  const { address, text, window } = await opened;
  expect(window).toBe('address');
  expect(text).toContain(`There is no display here. Open this address`);
  expect(text).toContain(address);
  expect(await isListening(address!)).toBe(true);
  expect((await readdir(config)).filter((name) => name.startsWith('roomkey-launch'))).toEqual([]);
  end();
  await finished;
  expect(await isListening(address!)).toBe(false);
});

describe('Electron', () => {
  async function electron(configPath?: string) {
    const programs = await fakePrograms(await temporaryFolder());
    const ending = new AbortController();
    let isOpen = false;
    let onOpen!: () => void;
    const opened = new Promise<void>((resolve) => (onOpen = resolve));
    const ended = runElectron({
      program: await programs.make('electron'),
      environment: { PATH: '', ELECTRON_RUN_AS_NODE: '1', ...secrets },
      verbose: configPath !== undefined,
      signal: ending.signal,
      onOpen: () => {
        isOpen = true;
        onOpen();
      },
      ...(configPath === undefined ? {} : { configPath }),
    });
    const started = await programs.next();
    /** Makes it report its window, and waits until that has arrived. */
    const open = async (): Promise<void> => {
      await started.does(`process.send('${WINDOW_IS_OPEN}', () => report('said'));`);
      await opened;
    };
    return { ended, started, open, end: () => ending.abort(), isOpen: () => isOpen };
  }

  it('runs the main process, as Electron and not as Node.js', async () => {
    const { ended, started } = await electron('/etc/roomkey.json');
    expect(started.args).toEqual([
      expect.stringMatching(/main[\\/]index\.js$/),
      '--config=/etc/roomkey.json',
      '--verbose',
    ]);
    expect(started.environment).not.toHaveProperty('ELECTRON_RUN_AS_NODE');
    // It runs Roomkey itself, which needs the store and asks for passwords.
    expect(secretsIn(started)).toEqual(['MONGO_URI']);
    started.ends(0);
    expect(await ended).toBeUndefined();
  });

  it('that exits before its window opens is reported as failed', async () => {
    const { ended, started, isOpen } = await electron();
    started.ends(127);
    expect(await ended).toBe('exit code 127');
    expect(isOpen()).toBe(false);
  });

  it('whose window was open is never reported as failed', async () => {
    const { ended, started, open } = await electron();
    await open();
    started.ends(1);
    expect(await ended).toBeUndefined();
  });

  it('exits when Roomkey ends', async () => {
    const { ended, started, open, end } = await electron();
    await open();
    end();
    expect(await ended).toBeUndefined();
    await started.gone;
  });
});
