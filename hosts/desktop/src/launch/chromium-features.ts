/**
 * Chromium's echo cancellation of everything that its tabs play, and not only of calls by WebRTC. It is on
 * by default in Chromium, and off in some of its family (electron/electron#47043).
 */
export const ECHO_CANCELLATION = 'ChromeWideEchoCancellation';
