// Takes the place of this page's camera.
let worker;
let track;

/** Call it when the page may have workers. */
export function takeCamerasPlace() {
  worker = new Worker(new URL('./camera-worker.js', import.meta.url), { type: 'module' });
  track = new MediaStreamTrackGenerator({ kind: 'video' });
  worker.postMessage({ writable: track.writable }, [track.writable]);
  navigator.mediaDevices.getUserMedia = () => Promise.resolve(openCamera());
}

export const openCamera = () => new MediaStream([track.clone()]);
export const startPainting = () => worker.postMessage('start');
export const stopPainting = () => worker.postMessage('stop');
export const forgetPainted = () => worker.postMessage('forget');

/** Number and time, ms since 1970, of each picture since `forgetPainted`. */
export function painted() {
  return new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage('tell');
  });
}
