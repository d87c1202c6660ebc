// A worker of the capture process. Its standard input is a pipe that only the parent holds and never
// writes to: at its end the parent is gone, and the process must not stay, even while OpenCV blocks
// its main thread.
import { Socket } from 'node:net';

new Socket({ fd: 0 })
  .on('error', () => undefined)
  .on('close', () => process.kill(process.pid, 'SIGKILL'))
  .resume();
