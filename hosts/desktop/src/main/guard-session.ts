import type { DesktopCapturerSource, Session } from 'electron';
import { isPermitted } from './permissions.js';

/** The part of a `Session` that says what pages may. */
export type GuardedSession = Pick<
  Session,
  | 'setPermissionRequestHandler'
  | 'setPermissionCheckHandler'
  | 'setDisplayMediaRequestHandler'
  | 'on'
>;

/** Who has a say besides our rules. */
export interface Consent {
  /** Asks the system for the camera, where that wants to be asked. */
  camera(): Promise<boolean>;
  /** Asks the person for a screen; `undefined`: none. */
  screen(): Promise<DesktopCapturerSource | undefined>;
  /** Whether the system lets us have no screen that the person does not choose in its own picker. */
  requiresSystemPicker(): boolean;
}

/**
 * Lets the page have the camera and a screen that the person chooses, and nothing else: no file is
 * downloaded either.
 *
 * The person is asked for a screen with the request and not by the handler that names one: to
 * `getUserMedia` with Chromium's old `chromeMediaSource` Electron gives a screen without that
 * handler, and in the request the two look the same.
 */
export function guardSession(session: GuardedSession, consent: Consent): void {
  /** What the person chose for the request that was just allowed. */
  let chosen: DesktopCapturerSource | undefined;

  const isGranted = async (permission: string): Promise<boolean> => {
    if (permission === 'media') return await consent.camera();
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
    if (isAllowed) isGranted(permission).then(callback, () => callback(false));
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
