import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { CaptureRequest, PluginContext, VideoSource } from '@roomkey/core';
import { startMjpegServer, type MjpegServer } from '../../../test/support/mjpeg-server.js';
import { describeWith } from '../../../test/support/optional.js';
import plugin from '../src/index.js';

const request: CaptureRequest = { width: 320, height: 240, fps: 30, quality: 80 };
let picture: Buffer;

async function serve(): Promise<MjpegServer> {
  const server = await startMjpegServer(picture);
  onTestFinished(() => server.close());
  return server;
}

async function open(url: string, signal?: AbortSignal): Promise<VideoSource> {
  const camera = await plugin.create({ folders: { base: '/' } } as PluginContext, {});
  return camera.open(
    { ...request, deviceId: `url:${url}` },
    signal === undefined ? {} : { signal },
  );
}

/** The capture processes of this process. */
function captureProcesses(): number[] {
  return readdirSync('/proc/self/task')
    .flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' '))
    .filter((pid) => pid !== '' && commandOf(pid).includes('camera-opencv/dist/capture/main.js'))
    .map(Number);
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // It has just ended.
  }
}

/** Takes units until the source ends. */
async function drain(source: VideoSource): Promise<number> {
  let count = 0;
  for await (const unit of source) count += unit.data.length > 0 ? 1 : 0;
  return count;
}

describeWith('opencv', 'the capture process', () => {
  describeWith('ffmpeg', 'with a network camera', () => {
    beforeAll(() => {
      const args = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=160x120', '-frames:v', '1'];
      picture = execFileSync('ffmpeg', [...args, '-f', 'mjpeg', '-']);
    });

    test('closes a camera that has stopped sending, without waiting for it', async () => {
      const server = await serve();
      const source = await open(server.stalling);
      const drained = drain(source);
      await server.stalled;
      await source.close();
      expect(await drained).toBeGreaterThan(0);
      expect(captureProcesses()).toEqual([]);
      await server.left;
      await source.close();
    });

    test('aborts opening a camera that sends nothing', async () => {
      const server = await serve();
      const leave = new AbortController();
      const reason = new Error('Left.');
      const opened = open(server.silent, leave.signal);
      await server.stalled;
      leave.abort(reason);
      await expect(opened).rejects.toBe(reason);
      expect(captureProcesses()).toEqual([]);
      await server.left;
    });

    test('reports its crash as a lost camera', async () => {
      const server = await serve();
      const source = await open(server.stalling);
      const [pid] = captureProcesses();
      process.kill(pid ?? NaN, 'SIGSEGV');
      await expect(drain(source)).rejects.toMatchObject({
        code: 'RK_CAMERA_LOST',
        message: expect.stringContaining('crashed') as string,
      });
      await source.close();
    });

    test('ends with its parent, even while OpenCV waits for the camera', async () => {
      const server = await serve();
      const script = `
        const { default: plugin } = await import('@roomkey/camera-opencv');
        const camera = await plugin.create({ folders: { base: '/' } }, {});
        await camera.open(${JSON.stringify({ ...request, deviceId: `url:${server.silent}` })});`;
      const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
        cwd: new URL('..', import.meta.url),
        stdio: 'ignore',
      });
      await server.stalled;
      parent.kill('SIGKILL');
      // The process's end closes the connection; the server does not.
      await server.left;
    });

    test('is not ended by a Ctrl-C in the terminal', async () => {
      const server = await serve();
      const source = await open(server.stalling);
      const units = source[Symbol.asyncIterator]();
      await units.next();
      for (const pid of captureProcesses()) process.kill(pid, 'SIGINT');
      expect(await units.next()).toMatchObject({ done: false });
      await source.close();
    });

    test('converts the units’ times to this process’s clock', async () => {
      const server = await serve();
      const before = performance.timeOrigin + performance.now();
      const source = await open(server.stalling);
      const first = await source[Symbol.asyncIterator]().next();
      const capturedAt = first.done === true ? NaN : first.value.capturedAt;
      const after = performance.timeOrigin + performance.now();
      expect(capturedAt).toBeGreaterThan(before);
      expect(capturedAt).toBeLessThan(after);
      await source.close();
    });
  });
});
