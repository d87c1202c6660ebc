/**
 * Cameras, video files and streams through OpenCV. A device is named by
 *
 * - a number, `0` being the first camera,
 * - `file:PATH`: plays at its own rate and begins again at its end; a relative path starts at the
 *   folder of the configuration file,
 * - `url:URL`: RTSP, HTTP and whatever else this OpenCV reads,
 * - `pipeline:TEXT`: a GStreamer pipeline that ends in `appsink`; one that reads a file plays at its
 *   rate with `appsink sync=true` only.
 *
 * OpenCV is loaded on first use; `npm run setup:opencv` builds it.
 *
 * @example
 * ```json
 * { "use": "@roomkey/camera-opencv", "config": { "device": "file:door.mp4" } }
 * ```
 *
 * @packageDocumentation
 */
import { Camera, definePlugin } from '@roomkey/core';
import { configSchema } from './config.js';
import { OpenCvCamera } from './opencv-camera.js';
import { listDevices, requireDevice } from './devices.js';
import { loadOpenCv } from './opencv.js';

export default definePlugin({
  name: '@roomkey/camera-opencv',
  apiVersion: '1.0',
  provides: Camera,
  configSchema,
  probe: async (_context, { device }) => {
    loadOpenCv();
    // A device that is named may be a file, or be plugged in later; that is for opening it to say.
    if (device === undefined) requireDevice(await listDevices());
  },
  create: ({ folders }, { device }): Camera => new OpenCvCamera({ device, base: folders.base }),
});
