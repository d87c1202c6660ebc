import {
  desktopCapturer,
  dialog,
  systemPreferences,
  type BrowserWindow,
  type Session,
} from 'electron';
import { screenQuestion } from './choose-screen.js';
import { isPermitted } from './permissions.js';

/** Lets the page have the camera and a screen that the person chooses, and nothing else. */
export function guardSession(session: Session, window: () => BrowserWindow | undefined): void {
  session.setPermissionRequestHandler((_contents, permission, callback, details) => {
    const media = 'mediaTypes' in details ? details.mediaTypes : undefined;
    const isAllowed = isPermitted({
      permission,
      from: details.requestingUrl,
      isMainFrame: details.isMainFrame,
      ...(media === undefined ? {} : { media }),
    });
    if (!isAllowed || permission !== 'media' || process.platform !== 'darwin') {
      callback(isAllowed);
      return;
    }
    systemPreferences.askForMediaAccess('camera').then(callback, () => callback(false));
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
      // To refuse takes null, which Electron's types do not know.
      const refuse = (): void => callback(null as never);
      const isAllowed = isPermitted({
        permission: 'display-capture',
        from: securityOrigin,
        isMainFrame: true,
      });
      if (!isAllowed || !videoRequested) refuse();
      else
        chooseScreen(window()).then(
          (video) => (video === undefined ? refuse() : callback({ video })),
          refuse,
        );
    },
    { useSystemPicker: true },
  );
}

async function chooseScreen(
  window: BrowserWindow | undefined,
): Promise<Electron.DesktopCapturerSource | undefined> {
  // Under Wayland this asks by itself, through the desktop's portal.
  const screens = await desktopCapturer.getSources({
    types: ['screen'],
    thumbnailSize: { width: 0, height: 0 },
  });
  if (screens.length === 0 || window === undefined) return undefined;
  const question = { type: 'question' as const, ...screenQuestion(screens) };
  const { response } = await dialog.showMessageBox(window, question);
  return screens[response];
}
