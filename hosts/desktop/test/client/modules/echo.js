/// <reference lib="dom" />
// A plugin's half that sends back what it gets, and says what happens to it.
/** @type {import('@roomkey/core').PageEntryPoint} */
const enter = ({ channel, showPreview }) => {
  channel.send('entered');
  channel.onClose(() => {
    document.title += ', closed';
  });
  // Messages that come before this wait for it.
  setTimeout(() => {
    channel.onMessage((message) => {
      if (message === 'preview') {
        showPreview(document.createElement('canvas').captureStream(0));
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
