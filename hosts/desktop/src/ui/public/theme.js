// Runs before the first paint, so that a dark theme does not flash white; the app's setting comes
// later (`theme.ts`). Not a module, since modules run after the first paint.
try {
  document.documentElement.dataset.theme = localStorage.getItem('roomkey-theme') ?? 'system';
} catch {
  // The browser blocks storage: the system's theme applies until the app answers.
}
