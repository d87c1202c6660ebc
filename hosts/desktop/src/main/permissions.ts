import { isOwnUrl } from './own-page.js';

/** A permission request, in Electron's terms. */
export interface PermissionQuestion {
  readonly permission: string;
  /** URL or origin of the requester. */
  readonly from: string;
  readonly isMainFrame: boolean;
  /** For `media` and `display-capture`: the requested media types, as far as known. */
  readonly media?: readonly string[];
}

/**
 * Whether a permission is granted: camera, screen (which the user then chooses) and full screen. No
 * microphone, no audio with the screen, nothing else, and nothing for another origin.
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
