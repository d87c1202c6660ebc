import type { Settings } from '../messages/index.js';

/** Shows the page in these colours, and has the next one begin with them: see `public/theme.js`. */
export function showTheme(theme: Settings['theme']): void {
  document.documentElement.dataset['theme'] = theme;
  try {
    localStorage.setItem('roomkey-theme', theme);
  } catch {
    // Where the browser lets no page store anything, it begins with the system's.
  }
}
