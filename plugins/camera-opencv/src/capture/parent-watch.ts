// A worker of the capture process. Its standard input is a pipe that only the parent holds and
// never writes to. When it ends, the parent is gone, and the process must end too, even while
// OpenCV blocks its main thread.
import { Socket } from 'node:net';

new Socket({ fd: 0 })
  .on('error', () => undefined)
  .on('close', () => process.kill(process.pid, 'SIGKILL'))
  .resume();
