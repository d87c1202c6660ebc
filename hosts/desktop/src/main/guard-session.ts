import type { DesktopCapturerSource, Session } from 'electron';
import { isPermitted } from './permissions.js';

/** The part of a `Session` that controls permissions. */
export type GuardedSession = Pick<
  Session,
  | 'setPermissionRequestHandler'
  | 'setPermissionCheckHandler'
  | 'setDisplayMediaRequestHandler'
  | 'on'
>;

/** Questions to the user and the system, besides the fixed rules. */
export interface Consent {
  /** Asks the system for access to a device, if it requires that. */
  device(kind: 'camera' | 'microphone'): Promise<boolean>;
  /** Asks the user for a screen; `undefined` if none was chosen. */
  screen(): Promise<DesktopCapturerSource | undefined>;
  /** Whether screens can only be chosen in the system's own picker. */
  requiresSystemPicker(): boolean;
}

/**
 * Allows the page the camera, the microphone, loudspeakers and a screen that the user chooses, and
 * nothing else; downloads are blocked too.
 *
 * The user is asked in the permission request, not in the handler that supplies the screen:
 * `getUserMedia` with Chromium's old `chromeMediaSource` gets a screen from Electron without that
 * handler, and the two look the same in the request.
 */
export function guardSession(session: GuardedSession, consent: Consent): void {
  /** The user's choice for the request that was just allowed. */
  let chosen: DesktopCapturerSource | undefined;

  const isGranted = async (permission: string, media: readonly string[]): Promise<boolean> => {
    if (permission === 'media') {
      // One question after the other.
      if (media.includes('video') && !(await consent.device('camera'))) return false;
      return !media.includes('audio') || (await consent.device('microphone'));
    }
    if (permission !== 'display-capture') return true;
    chosen = undefined;
    if (consent.requiresSystemPicker()) return true;
    chosen = await consent.screen();
    return chosen !== undefined;
  };
  session.on('will-download', (event) => event.preventDefault());
  session.setPermissionRequestHandler((_contents, permission, callback, details) => {
    const media = 'mediaTypes' in details ? details.mediaTypes : undefined;
    const isAllowed = isPermitted({
      permission,
      from: details.requestingUrl,
      isMainFrame: details.isMainFrame,
      ...(media === undefined ? {} : { media }),
    });
    if (isAllowed) isGranted(permission, media ?? []).then(callback, () => callback(false));
    else callback(false);
  });
  session.setPermissionCheckHandler((_contents, permission, from, { isMainFrame, mediaType }) =>
    isPermitted({
      permission,
      from,
      isMainFrame,
      ...(mediaType === undefined ? {} : { media: [mediaType] }),
    }),
  );
  session.setDisplayMediaRequestHandler(
    ({ securityOrigin, videoRequested }, callback) => {
      const refuse = (): void => callback(null);
      const answer = (video: DesktopCapturerSource | undefined): void =>
        video === undefined ? refuse() : callback({ video });
      const isAllowed = isPermitted({
        permission: 'display-capture',
        from: securityOrigin,
        isMainFrame: true,
      });
      const video = chosen;
      chosen = undefined;
      if (!isAllowed || !videoRequested) refuse();
      else if (video !== undefined) answer(video);
      else consent.screen().then(answer, refuse);
    },
    { useSystemPicker: true },
  );
}
