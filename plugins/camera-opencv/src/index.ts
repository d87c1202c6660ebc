/**
 * Cameras, video files and streams through OpenCV. A device is named by
 *
 * - a number, `0` being the first camera,
 * - `file:PATH`: plays at its own times, upright, and begins again at its end; a picture stands. A
 *   relative path starts at the folder of the configuration file, `~/` at the home folder,
 * - `url:URL`: RTSP, HTTP and whatever else this OpenCV reads,
 * - `pipeline:TEXT`: a GStreamer pipeline that ends in `appsink`; one that reads a file plays at its
 *   rate with `appsink sync=true` only.
 *
 * OpenCV runs in a process of its own for each open camera, which can be ended whatever it waits for.
 * `npm run setup:opencv` builds it.
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
    // A device that is named may be a file, or be plugged in later; that is for opening it to say.
    if (device === undefined) requireDevice(await listDevices());
  },
  create: ({ folders }, { device }): Camera => new OpenCvCamera({ device, base: folders.base }),
});
