import { isOwnUrl } from './own-page.js';

/** What a page asks for, in Electron's words. */
export interface PermissionQuestion {
  readonly permission: string;
  /** URL or origin of who asks. */
  readonly from: string;
  readonly isMainFrame: boolean;
  /** Of `media` and `display-capture`: what is to be captured, as far as it is known. */
  readonly media?: readonly string[];
}

/**
 * Whether the page may: the camera, the screen (which the person then chooses), and to fill the
 * screen. No microphone, no sound with the screen, and nothing else; nothing at all for another
 * origin.
 */
export function isPermitted({
  permission,
  from,
  isMainFrame,
  media = [],
}: PermissionQuestion): boolean {
  if (!isMainFrame || !isOwnUrl(from)) return false;
  const isVideo = media.every((kind) => kind === 'video');
  if (permission === 'media') return media.length > 0 && isVideo;
  if (permission === 'display-capture') return isVideo;
  return permission === 'fullscreen';
}
