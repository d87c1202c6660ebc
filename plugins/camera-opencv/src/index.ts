/**
 * Cameras, video files and streams through OpenCV. A device name is
 *
 * - a number, `0` for the first camera,
 * - `file:PATH`: plays a file at its own speed, upright and in a loop; a still picture stays. A
 *   relative path starts at the folder of the configuration file, `~/` at the home folder,
 * - `url:URL`: RTSP, HTTP and whatever else this OpenCV supports,
 * - `pipeline:TEXT`: a GStreamer pipeline that ends in `appsink`; one that reads a file needs
 *   `appsink sync=true` to play at its speed.
 *
 * OpenCV runs in a separate process per open camera, which can always be killed. `npm run
 * setup:opencv` builds it.
 *
 * @example
 * ```json
 * { "use": "@roomkey/camera-opencv", "config": { "device": "file:door.mp4" } }
 * ```
 *
 * @packageDocumentation
 */
import { Camera, definePlugin } from '@roomkey/core';
import { CaptureProcess } from './capture-process.js';
import { configSchema } from './config.js';
import { OpenCvCamera } from './opencv-camera.js';
import { listDevices, requireDevice } from './devices.js';

export default definePlugin({
  name: '@roomkey/camera-opencv',
  apiVersion: '1.0',
  provides: Camera,
  configSchema,
  probe: async (_context, { device }) => {
    await (await CaptureProcess.start()).close();
    // A named device may be a file, or be connected later; opening it reports that.
    if (device === undefined) requireDevice(await listDevices());
  },
  create: ({ folders }, { device }): Camera => new OpenCvCamera({ device, base: folders.base }),
});
