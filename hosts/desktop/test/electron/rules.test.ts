import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { screenQuestion } from '../../src/main/choose-screen.js';
import { CrashLoopGuard } from '../../src/main/crash-loop-guard.js';
import { menuTemplate } from '../../src/main/menu.js';
import { restrictNavigation } from '../../src/main/navigation.js';
import { isOwnUrl, PAGE, pathOf } from '../../src/main/own-page.js';
import { pageResponse } from '../../src/main/page-response.js';
import { isPermitted } from '../../src/main/permissions.js';
import { serializeWindow, restoreWindow } from '../../src/main/window-state.js';
import { PageFiles } from '../../src/server/page-files.js';
import { uiFolder } from '../server/support.js';

const foreign = [
  'https://roomkey/index.html',
  'app://roomkey.example/index.html',
  'app://other/index.html',
  'app://roomkey:1/index.html',
  'app://user@roomkey/index.html',
  'http://127.0.0.1/',
  'file:///etc/passwd',
  'data:text/html,app://roomkey/index.html',
  'about:blank',
  'null',
  '',
];

describe('the page’s origin', () => {
  it('is recognized in a URL and as an origin', () => {
    for (const url of [PAGE, 'app://roomkey', 'app://roomkey/', 'app://roomkey/plugins/0/a.js']) {
      expect(isOwnUrl(url)).toBe(true);
    }
    for (const url of foreign) expect(isOwnUrl(url)).toBe(false);
  });

  it('has paths, and no other host does', () => {
    expect(pathOf('app://roomkey/assets/a.js?b#c')).toBe('/assets/a.js');
    for (const url of foreign) expect(pathOf(url)).toBeUndefined();
  });
});

describe('permissions', () => {
  const own = { from: 'app://roomkey/', isMainFrame: true };

  it('are granted for camera, microphone, loudspeakers, screen and full screen', () => {
    for (const media of [['video'], ['audio'], ['video', 'audio']]) {
      expect(isPermitted({ ...own, permission: 'media', media })).toBe(true);
    }
    expect(isPermitted({ ...own, permission: 'speaker-selection' })).toBe(true);
    expect(isPermitted({ ...own, permission: 'display-capture' })).toBe(true);
    expect(isPermitted({ ...own, permission: 'fullscreen' })).toBe(true);
  });

  it('are refused for unknown media', () => {
    for (const media of [['unknown'], ['audio', 'unknown'], []]) {
      expect(isPermitted({ ...own, permission: 'media', media })).toBe(false);
    }
    expect(isPermitted({ ...own, permission: 'media' })).toBe(false);
  });

  it('are refused for screen audio, alone or with the video', () => {
    for (const media of [['audio'], ['video', 'audio']]) {
      expect(isPermitted({ ...own, permission: 'display-capture', media })).toBe(false);
    }
  });

  it.each([
    'clipboard-read',
    'deprecated-sync-clipboard-read',
    'fileSystem',
    'geolocation',
    'hid',
    'midi',
    'notifications',
    'openExternal',
    'serial',
    'unknown',
    'usb',
    'window-management',
  ])('are refused for %s', (permission) => {
    expect(isPermitted({ ...own, permission, media: ['video'] })).toBe(false);
  });

  it('are granted to the origin’s main frame only', () => {
    const asked = { permission: 'media', media: ['video'] };
    for (const from of foreign) expect(isPermitted({ ...own, ...asked, from })).toBe(false);
    expect(isPermitted({ ...own, ...asked, isMainFrame: false })).toBe(false);
  });
});

describe('navigation', () => {
  function contents() {
    const emitter = new EventEmitter();
    let openHandler: ((details: { url: string }) => unknown) | undefined;
    const fake = Object.assign(emitter, {
      setWindowOpenHandler: (handler: typeof openHandler) => (openHandler = handler),
    });
    restrictNavigation(fake as unknown as Parameters<typeof restrictNavigation>[0]);
    const isRefused = (event: string, details: object): boolean => {
      let refused = false;
      emitter.emit(event, { ...details, preventDefault: () => (refused = true) });
      return refused;
    };
    return { isRefused, opens: (url: string) => openHandler?.({ url }) };
  }

  it('is limited to the page itself', () => {
    const { isRefused } = contents();
    for (const event of ['will-navigate', 'will-frame-navigate']) {
      expect(isRefused(event, { url: PAGE, isMainFrame: true })).toBe(false);
      for (const url of [...foreign, 'app://roomkey/plugins/0/page.html']) {
        expect(isRefused(event, { url, isMainFrame: true })).toBe(true);
      }
    }
    expect(isRefused('will-frame-navigate', { url: PAGE, isMainFrame: false })).toBe(true);
  });

  it('follows no redirect, opens no window and embeds nothing', () => {
    const { isRefused, opens } = contents();
    expect(isRefused('will-redirect', { url: PAGE, isMainFrame: true })).toBe(true);
    expect(isRefused('will-attach-webview', {})).toBe(true);
    for (const url of [PAGE, ...foreign]) expect(opens(url)).toEqual({ action: 'deny' });
  });
});

describe('the page’s files', () => {
  it('are the same as the server’s, with the same policies', async () => {
    const files = new PageFiles(await uiFolder());
    const response = await pageResponse(files, { url: PAGE, method: 'GET' });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('Roomkey');
    const policy = response.headers.get('Content-Security-Policy');
    expect(policy).toContain("default-src 'none'; script-src 'self'");
    // Its port does not use the network.
    expect(policy).toContain("connect-src 'self';");
    const module = await pageResponse(files, {
      url: 'app://roomkey/plugins/0/index.js',
      method: 'GET',
    });
    expect(module.headers.get('Content-Type')).toBe('text/javascript; charset=utf-8');
  });

  it('are not served to another host, outside the folder, or for another method', async () => {
    const files = new PageFiles(await uiFolder());
    for (const url of [
      ...foreign.slice(1),
      'app://roomkey/%2e%2e/secret.js',
      'app://roomkey/..%2fsecret.js',
    ]) {
      expect((await pageResponse(files, { url, method: 'GET' })).status).toBe(404);
    }
    const posted = await pageResponse(files, { url: PAGE, method: 'POST' });
    expect(posted.status).toBe(405);
    expect(posted.headers.get('X-Content-Type-Options')).toBe('nosniff');
    const head = await pageResponse(files, { url: PAGE, method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(await head.text()).toBe('');
  });
});

describe('the window’s position', () => {
  const screen = { x: 0, y: 24, width: 1920, height: 1056 };
  const second = { x: 1920, y: 0, width: 1280, height: 1024 };
  const bounds = { x: 100, y: 100, width: 1000, height: 700 };
  const kept = (place: object, isMaximized = false): string =>
    serializeWindow({ bounds: { ...bounds, ...place }, isMaximized });

  it('is restored', () => {
    expect(restoreWindow(kept({}), [screen])).toEqual({ bounds, isMaximized: false });
    expect(restoreWindow(kept({}, true), [screen])).toEqual({ bounds, isMaximized: true });
    const beside = { ...bounds, x: 2000 };
    expect(restoreWindow(kept(beside), [screen, second]).bounds).toEqual(beside);
  });

  it.each([
    ['a display that is gone', { x: 2000 }],
    ['far left', { x: -990 }],
    ['below', { y: 1070 }],
    ['above, where it cannot be dragged', { y: -40 }],
  ])('is not restored to %s', (_where, place) => {
    expect(restoreWindow(kept(place, true), [screen])).toEqual({ isMaximized: true });
  });

  it('is at most as large as the display, and at least the minimum size', () => {
    const large = restoreWindow(kept({ width: 5000, height: 5000 }), [screen]).bounds;
    expect(large).toMatchObject({ width: 1920, height: 1056 });
    const small = restoreWindow(kept({ width: 200, height: 1 }), [screen]).bounds;
    expect(small).toMatchObject({ width: 480, height: 400 });
  });

  it.each([
    '',
    'null',
    '{}',
    '{"bounds":{"x":0,"y":0,"width":"1","height":1},"isMaximized":false}',
    '{"bounds":{"x":1e99,"y":0,"width":1,"height":1},"isMaximized":false}',
    '{"bounds":{"x":0.5,"y":0,"width":1,"height":1},"isMaximized":false}',
  ])('is the default if the stored state is %s', (text) => {
    expect(restoreWindow(text, [screen])).toEqual({ isMaximized: false });
  });
});

describe('sharing the screen', () => {
  it('needs a choice: neither Enter nor Escape shares it', () => {
    const one = screenQuestion([{ id: 'screen:0', name: 'Entire screen' }]);
    expect(one.buttons).toEqual(['Share the screen', 'Cancel']);
    expect([one.cancelId, one.defaultId]).toEqual([1, 1]);
    const two = screenQuestion([
      { id: 'screen:0', name: 'Screen 1' },
      { id: 'screen:1', name: 'Screen 2' },
    ]);
    expect(two.buttons).toEqual(['Screen 1', 'Screen 2', 'Cancel']);
    expect([two.cancelId, two.defaultId]).toEqual([2, 2]);
  });
});

it('a crashed page is reloaded, but not in a loop', () => {
  const crashes = new CrashLoopGuard();
  expect([0, 59_999, 60_001, 120_001, 180_001].map((now) => crashes.shouldReload(now))).toEqual([
    true,
    false,
    false,
    true,
    true,
  ]);
});

it('the menu has keyboard shortcuts and no developer tools', () => {
  for (const platform of ['linux', 'darwin', 'win32'] as const) {
    const roles = JSON.stringify(menuTemplate(platform));
    for (const role of ['quit', 'editMenu', 'zoomIn', 'zoomOut', 'togglefullscreen']) {
      expect(roles).toContain(`"${role}"`);
    }
    expect(roles).not.toMatch(/devtools|viewMenu|reload/i);
  }
});
