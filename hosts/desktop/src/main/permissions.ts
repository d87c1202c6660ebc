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

const DEVICES = ['video', 'audio'];

/**
 * Whether a permission is granted: camera, microphone, loudspeakers, screen (which the user then
 * chooses) and full screen. No sound with the screen, nothing else, and nothing for another origin.
 */
export function isPermitted({
  permission,
  from,
  isMainFrame,
  media = [],
}: PermissionQuestion): boolean {
  if (!isMainFrame || !isOwnUrl(from)) return false;
  if (permission === 'media') {
    return media.length > 0 && media.every((kind) => DEVICES.includes(kind));
  }
  if (permission === 'display-capture') return media.every((kind) => kind === 'video');
  return permission === 'fullscreen' || permission === 'speaker-selection';
}
