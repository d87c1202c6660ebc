/**
 * Loads the page after its first paint: what index.html says by itself is seen at once, since the
 * app's scripts are neither fetched nor compiled before.
 */
await new Promise<void>((resolve) => {
  // Nothing is painted where nobody looks.
  if (document.hidden) resolve();
  document.addEventListener('visibilitychange', () => resolve(), { once: true });
  // The paint follows the callback, and the task the paint.
  requestAnimationFrame(() => setTimeout(resolve));
});
await import('./main.js');

export {};
