import { describe, expect, it } from 'vitest';
import { guardSession, type Consent, type GuardedSession } from '../../src/main/guard-session.js';

type Handler<Name extends keyof GuardedSession> = NonNullable<Parameters<GuardedSession[Name]>[0]>;
type Details = Parameters<Handler<'setPermissionRequestHandler'>>[3];
type Permission = Parameters<Handler<'setPermissionRequestHandler'>>[1];
type CheckDetails = Parameters<Handler<'setPermissionCheckHandler'>>[3];
type Streams = Parameters<Parameters<Handler<'setDisplayMediaRequestHandler'>>[1]>[0];
type Source = NonNullable<Awaited<ReturnType<Consent['screen']>>>;

const OWN = { requestingUrl: 'app://roomkey/index.html', isMainFrame: true };
const CONTENTS = {} as unknown as Parameters<Handler<'setPermissionRequestHandler'>>[0];
const SCREEN = { id: 'screen:1:0', name: 'Screen 1' } as Source;
/** Electron's details for `getDisplayMedia`, and for `getUserMedia` with `chromeMediaSource`. */
const SCREEN_REQUEST = { ...OWN, mediaTypes: ['video' as const] };

/** A session like Electron's, with scripted answers of the user and the system. */
function guarded(answers: Partial<Consent> = {}) {
  const asked: string[] = [];
  const consent: Consent = {
    device: async () => true,
    screen: async () => SCREEN,
    requiresSystemPicker: () => false,
    ...answers,
  };
  let onRequest!: Handler<'setPermissionRequestHandler'>;
  let onCheck!: Handler<'setPermissionCheckHandler'>;
  let onDisplay!: Handler<'setDisplayMediaRequestHandler'>;
  let usesSystemPicker = false;
  let onDownload!: (event: { preventDefault(): void }) => void;
  const session: Omit<GuardedSession, 'on'> & { readonly on: unknown } = {
    setPermissionRequestHandler: (handler) => (onRequest = handler!),
    setPermissionCheckHandler: (handler) => (onCheck = handler!),
    setDisplayMediaRequestHandler: (handler, options) => {
      onDisplay = handler!;
      usesSystemPicker = options?.useSystemPicker === true;
    },
    on: (event: string, listener: typeof onDownload) => {
      if (event === 'will-download') onDownload = listener;
    },
  };
  guardSession(session as GuardedSession, {
    device: (kind) => (asked.push(kind), consent.device(kind)),
    screen: () => (asked.push('screen'), consent.screen()),
    requiresSystemPicker: () => consent.requiresSystemPicker(),
  });
  return {
    asked,
    usesSystemPicker,
    /** Whether a download starts. */
    downloads: (): boolean => {
      let isPrevented = false;
      onDownload({ preventDefault: () => (isPrevented = true) });
      return !isPrevented;
    },
    requests: (permission: Permission, details: Details) =>
      new Promise<boolean>((resolve) => onRequest(CONTENTS, permission, resolve, details)),
    checks: (
      permission: Parameters<typeof onCheck>[1],
      from: string,
      details: CheckDetails,
    ): boolean => onCheck(CONTENTS, permission, from, details),
    /** The screen supplied by Electron's handler for `getDisplayMedia`. */
    gives: (request: { securityOrigin?: string; videoRequested?: boolean } = {}) =>
      new Promise<Streams | null>((resolve) =>
        onDisplay(
          {
            frame: null,
            securityOrigin: 'app://roomkey/',
            videoRequested: true,
            audioRequested: false,
            userGesture: true,
            ...request,
          },
          resolve,
        ),
      ),
  };
}

describe('a permission request', () => {
  it('for the camera is granted if the system grants it', async () => {
    const { requests, asked } = guarded();
    expect(await requests('media', { ...OWN, mediaTypes: ['video'] })).toBe(true);
    expect(asked).toEqual(['camera']);
    const refused = guarded({ device: async () => false });
    expect(await refused.requests('media', { ...OWN, mediaTypes: ['video'] })).toBe(false);
    const broken = guarded({ device: () => Promise.reject(new Error('no such thing')) });
    expect(await broken.requests('media', { ...OWN, mediaTypes: ['video'] })).toBe(false);
  });

  it('for camera and microphone is granted if the system grants both', async () => {
    const { requests, asked } = guarded();
    expect(await requests('media', { ...OWN, mediaTypes: ['audio'] })).toBe(true);
    expect(asked).toEqual(['microphone']);
    expect(await requests('media', { ...OWN, mediaTypes: ['audio', 'video'] })).toBe(true);
    expect(asked).toEqual(['microphone', 'camera', 'microphone']);
    const half = guarded({ device: async (kind) => kind === 'camera' });
    expect(await half.requests('media', { ...OWN, mediaTypes: ['audio', 'video'] })).toBe(false);
  });

  it.each([[[]], [undefined]] as const)(
    'for media of the types %j is refused without a question',
    async (types) => {
      const { requests, asked } = guarded();
      const media = types === undefined ? {} : { mediaTypes: [...types] };
      expect(await requests('media', { ...OWN, ...media })).toBe(false);
      expect(asked).toEqual([]);
    },
  );

  it('for the screen asks the user and not for the camera', async () => {
    const { requests, gives, asked } = guarded();
    expect(await requests('display-capture', SCREEN_REQUEST)).toBe(true);
    expect(asked).toEqual(['screen']);
    // The user is not asked twice.
    expect(await gives()).toEqual({ video: SCREEN });
    expect(asked).toEqual(['screen']);
  });

  it.each([[['video', 'audio']], [['audio']]] as const)(
    'for the screen with audio (%j) is refused without a question',
    async (types) => {
      const { requests, asked } = guarded();
      expect(await requests('display-capture', { ...OWN, mediaTypes: [...types] })).toBe(false);
      expect(asked).toEqual([]);
    },
  );

  it('for the screen is refused if the user chooses none, or cannot be asked', async () => {
    const none = guarded({ screen: async () => undefined });
    expect(await none.requests('display-capture', SCREEN_REQUEST)).toBe(false);
    const broken = guarded({ screen: () => Promise.reject(new Error('no display')) });
    expect(await broken.requests('display-capture', SCREEN_REQUEST)).toBe(false);
  });

  it('for the screen is left to the system’s picker, if it has one', async () => {
    const { requests, asked, usesSystemPicker } = guarded({ requiresSystemPicker: () => true });
    expect(await requests('display-capture', SCREEN_REQUEST)).toBe(true);
    expect(asked).toEqual([]);
    expect(usesSystemPicker).toBe(true);
  });

  it('for full screen is granted without a question', async () => {
    const { requests, asked } = guarded();
    expect(await requests('fullscreen', OWN)).toBe(true);
    expect(asked).toEqual([]);
  });

  it('for anything else is refused', async () => {
    const { requests } = guarded();
    for (const permission of ['geolocation', 'notifications', 'openExternal', 'unknown'] as const) {
      expect(await requests(permission, OWN)).toBe(false);
    }
  });

  it.each([
    ['of another origin', { requestingUrl: 'https://roomkey.example/' }],
    ['of a frame within the page', { isMainFrame: false }],
  ])('%s is refused without a question', async (_whose, other) => {
    const { requests, asked } = guarded();
    const from = { ...OWN, ...other };
    expect(await requests('media', { ...from, mediaTypes: ['video'] })).toBe(false);
    expect(await requests('display-capture', { ...from, mediaTypes: ['video'] })).toBe(false);
    expect(await requests('fullscreen', from)).toBe(false);
    expect(asked).toEqual([]);
  });
});

describe('a permission check', () => {
  it('passes for camera, microphone and loudspeakers, and for no other media', () => {
    const { checks } = guarded();
    const main = { isMainFrame: true };
    expect(checks('media', 'app://roomkey/', { ...main, mediaType: 'video' })).toBe(true);
    expect(checks('media', 'app://roomkey/', { ...main, mediaType: 'audio' })).toBe(true);
    expect(checks('speaker-selection', 'app://roomkey/', main)).toBe(true);
    expect(checks('media', 'app://roomkey/', { ...main, mediaType: 'unknown' })).toBe(false);
    expect(checks('media', 'app://roomkey/', main)).toBe(false);
    expect(checks('fullscreen', 'app://roomkey/', main)).toBe(true);
    expect(checks('geolocation', 'app://roomkey/', main)).toBe(false);
  });

  it('passes for the page’s main frame only', () => {
    const { checks } = guarded();
    const video = { isMainFrame: true, mediaType: 'video' } as const;
    expect(checks('media', 'https://roomkey.example/', video)).toBe(false);
    expect(checks('media', '', video)).toBe(false);
    expect(checks('media', 'app://roomkey/', { ...video, isMainFrame: false })).toBe(false);
  });
});

describe('the shared screen', () => {
  it('is requested if the permission request did not, and refused without one', async () => {
    const { gives, asked } = guarded();
    expect(await gives()).toEqual({ video: SCREEN });
    expect(asked).toEqual(['screen']);
    expect(await guarded({ screen: async () => undefined }).gives()).toBeNull();
    const broken = guarded({ screen: () => Promise.reject(new Error('no display')) });
    expect(await broken.gives()).toBeNull();
  });

  it('is used for one request only', async () => {
    const { requests, gives, asked } = guarded();
    await requests('display-capture', SCREEN_REQUEST);
    await gives();
    await gives();
    expect(asked).toEqual(['screen', 'screen']);
  });

  it('is not one chosen before the system’s picker opened', async () => {
    let isKept = false;
    const { requests, gives, asked } = guarded({ requiresSystemPicker: () => isKept });
    // For `chromeMediaSource` Electron does not use the handler.
    await requests('display-capture', SCREEN_REQUEST);
    isKept = true;
    await requests('display-capture', SCREEN_REQUEST);
    await gives();
    expect(asked).toEqual(['screen', 'screen']);
  });

  it('is refused for another origin, and if only audio is requested', async () => {
    const { requests, gives, asked } = guarded();
    await requests('display-capture', SCREEN_REQUEST);
    expect(await gives({ securityOrigin: 'https://roomkey.example/' })).toBeNull();
    expect(await gives({ videoRequested: false })).toBeNull();
    expect(asked).toEqual(['screen']);
  });
});
