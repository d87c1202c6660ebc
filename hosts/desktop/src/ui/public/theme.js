// Runs before the first paint, so that no light window flashes up where a dark one was chosen; what
// the app says of it comes later (`theme.ts`). It is no module, since those run after the first paint.
try {
  document.documentElement.dataset.theme = localStorage.getItem('roomkey-theme') ?? 'system';
} catch {
  // A browser that lets no page store anything: it is as the system's until the app has said.
}
