import { isOwnUrl } from './own-page.js';

/** What a page asks for, in Electron's words. */
export interface PermissionQuestion {
  readonly permission: string;
  /** URL or origin of who asks. */
  readonly from: string;
  readonly isMainFrame: boolean;
  /** Of `media`: what is to be captured, as far as it is known. */
  readonly media?: readonly string[];
}

/**
 * Whether the page may: the camera, the screen (which the person then chooses), and to fill the
 * screen. No microphone, and nothing else; nothing at all for another origin.
 */
export function isPermitted({
  permission,
  from,
  isMainFrame,
  media = [],
}: PermissionQuestion): boolean {
  if (!isMainFrame || !isOwnUrl(from)) return false;
  if (permission === 'media') return media.length > 0 && media.every((kind) => kind === 'video');
  return permission === 'display-capture' || permission === 'fullscreen';
}

/**
 * What a request is for, in the words of Electron 45. Before, a screen is asked for as `media` of no
 * type, since only cameras and microphones were named: `RequestMediaAccessPermission` in Electron's
 * shell/browser/web_contents_permission_helper.cc, changed by electron/electron#52824.
 */
export function permissionOf(permission: string, media?: readonly string[]): string {
  return permission === 'media' && media?.length === 0 ? 'display-capture' : permission;
}
