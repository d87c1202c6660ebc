import type { Settings } from '../messages/index.js';

/** Applies the theme, and stores it for the next start: see `public/theme.js`. */
export function showTheme(theme: Settings['theme']): void {
  document.documentElement.dataset['theme'] = theme;
  try {
    localStorage.setItem('roomkey-theme', theme);
  } catch {
    // The browser blocks storage: the next start begins with the system's theme.
  }
}
