/// <reference lib="dom" />
// A page module that echoes messages and reports its events.
/** @type {import('@roomkey/core').PageEntryPoint} */
const enter = ({ channel, showPreview }) => {
  channel.send('entered');
  channel.onClose(() => {
    document.title += ', closed';
  });
  // Earlier messages are queued.
  setTimeout(() => {
    channel.onMessage((message) => {
      if (message === 'preview') {
        showPreview('camera', document.createElement('canvas').captureStream(0));
      } else if (message === 'worker') {
        const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
        worker.onmessage = ({ data }) => channel.send(data);
      } else {
        channel.send(message);
      }
    });
  }, 0);
};

export default enter;
