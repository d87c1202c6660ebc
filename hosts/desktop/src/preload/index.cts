// eslint-disable-next-line @typescript-eslint/no-require-imports -- a sandbox loads CommonJS only
import electron = require('electron');

// Tells the page that it runs in Electron. Exposes no functions.
electron.contextBridge.exposeInMainWorld('roomkey', {});

// The page asks for its port when it is ready; the app gets the other end. Both sides only know
// these two words, and the port carries what `messages` defines.
window.addEventListener('message', ({ source, data }: MessageEvent<unknown>) => {
  if (source !== window || data !== 'roomkey-ready') return;
  const { port1, port2 } = new MessageChannel();
  electron.ipcRenderer.postMessage('roomkey-port', null, [port2]);
  window.postMessage('roomkey-port', window.location.origin, [port1]);
});
