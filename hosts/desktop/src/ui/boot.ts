/**
 * Loads the app's scripts after the first paint, so that the content of index.html appears at once.
 */
await new Promise<void>((resolve) => {
  // Hidden pages are not painted.
  if (document.hidden) resolve();
  document.addEventListener('visibilitychange', () => resolve(), { once: true });
  // The callback runs before the paint, the timeout after it.
  requestAnimationFrame(() => setTimeout(resolve));
});
await import('./main.js');

export {};
